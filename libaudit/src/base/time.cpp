#include <audit/time.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <system_error>
#include <utility>

namespace audit {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr std::int64_t kSecondsPerMinute = 60;
constexpr std::int64_t kSecondsPerHour = 60 * kSecondsPerMinute;
constexpr std::int64_t kSecondsPerDay = 24 * kSecondsPerHour;

constexpr const char* kTimeHint =
    "write a time as 2026-08-01T12:00:00Z (RFC 3339), or a date as 2026-08-01";
constexpr const char* kOtherTimes = "; or 7d, 36h, yesterday, today";
constexpr const char* kSpanHint = "write a span as 90s, 90m, 36h, 7d, 2w or 1y";

tl::unexpected<ParseError> refuse(std::size_t offset, std::size_t length, std::string message,
                                  std::string hint = kTimeHint) {
  return tl::make_unexpected(ParseError{offset, length, std::move(message), std::move(hint)});
}

// --- Reading ---

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The `count` digits at `offset`, or -1.
int digits_at(std::string_view text, std::size_t offset, std::size_t count) {
  if (text.size() < offset + count) return -1;
  int value = 0;
  for (std::size_t i = offset; i < offset + count; ++i) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

bool char_at(std::string_view text, std::size_t offset, char c) {
  return offset < text.size() && text[offset] == c;
}

// A text being read from the front.
struct Reader {
  std::string_view text;
  std::size_t at = 0;

  [[nodiscard]] bool done() const { return at == text.size(); }

  [[nodiscard]] std::size_t left() const { return text.size() - at; }
};

constexpr std::size_t kDateLength = 10;       // 2026-08-01
constexpr std::size_t kClockLength = 8;       // 12:00:00
constexpr std::size_t kShortClockLength = 5;  // 12:00

// Seconds from 1970 to the first moment of the date at the front.
Parsed<std::int64_t> read_date(Reader& in) {
  const int year = digits_at(in.text, in.at, 4);
  const int month = digits_at(in.text, in.at + 5, 2);
  const int day = digits_at(in.text, in.at + 8, 2);
  if (year < 0 || month < 0 || day < 0 || !char_at(in.text, in.at + 4, '-') ||
      !char_at(in.text, in.at + 7, '-')) {
    return refuse(in.at, std::min(in.left(), kDateLength), "not a date and time");
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) {
    return refuse(in.at, kDateLength,
                  "there is no date " + std::string(in.text.substr(in.at, kDateLength)));
  }
  in.at += kDateLength;
  return std::chrono::sys_days(date).time_since_epoch().count() * kSecondsPerDay;
}

enum class Seconds : std::uint8_t { needed, optional };

// Seconds from midnight.
Parsed<std::int64_t> read_clock(Reader& in, Seconds seconds) {
  const int hour = digits_at(in.text, in.at, 2);
  const int minute = digits_at(in.text, in.at + 3, 2);
  const bool has_seconds = seconds == Seconds::needed || char_at(in.text, in.at + 5, ':');
  const int second = has_seconds ? digits_at(in.text, in.at + 6, 2) : 0;
  const std::size_t length = has_seconds ? kClockLength : kShortClockLength;
  if (hour < 0 || minute < 0 || second < 0 || !char_at(in.text, in.at + 2, ':') ||
      (has_seconds && !char_at(in.text, in.at + 5, ':'))) {
    return refuse(in.at, std::min(in.left(), kClockLength), "no time of day after the date");
  }
  if (second == 60) {
    return refuse(in.at + 6, 2, "leap seconds are not supported",
                  "use the second before or the one after");
  }
  if (hour > 23 || minute > 59 || second > 59) {
    return refuse(in.at, length,
                  "there is no time of day " + std::string(in.text.substr(in.at, length)));
  }
  in.at += length;
  return hour * kSecondsPerHour + minute * kSecondsPerMinute + second;
}

// Nanoseconds of ".250", 0 where there is none; digits beyond the ninth are dropped.
Parsed<std::int64_t> read_fraction(Reader& in) {
  if (!char_at(in.text, in.at, '.')) return 0;
  const std::size_t first = ++in.at;
  std::int64_t nanos = 0;
  std::int64_t unit = kNanosPerSecond / 10;
  for (; !in.done() && is_digit(in.text[in.at]); ++in.at) {
    nanos += (in.text[in.at] - '0') * unit;
    unit /= 10;
  }
  if (in.at == first) return refuse(first - 1, 1, "no digits after the decimal point");
  return nanos;
}

// Seconds that the zone is ahead of UTC; no zone at all is UTC.
Parsed<std::int64_t> read_zone(Reader& in) {
  constexpr std::size_t kOffsetLength = 6;  // +02:00
  if (in.done()) return 0;
  const char first = in.text[in.at];
  if (first == 'Z' || first == 'z') {
    ++in.at;
    return 0;
  }
  const int hours = digits_at(in.text, in.at + 1, 2);
  const int minutes = digits_at(in.text, in.at + 4, 2);
  if ((first != '+' && first != '-') || hours < 0 || hours > 23 || minutes < 0 || minutes > 59 ||
      !char_at(in.text, in.at + 3, ':')) {
    return refuse(in.at, in.left(), "not a time zone", "write UTC as Z and others as +02:00");
  }
  in.at += kOffsetLength;
  const std::int64_t ahead = hours * kSecondsPerHour + minutes * kSecondsPerMinute;
  return first == '+' ? ahead : -ahead;
}

// seconds * 10^9 + nanos where 64 bits hold it.  requires 0 <= nanos < 10^9
std::optional<Timestamp> make_timestamp(std::int64_t seconds, std::int64_t nanos) {
  if (seconds < 0 && nanos > 0) {  // or the product of the earliest second would overflow
    ++seconds;
    nanos -= kNanosPerSecond;
  }
  std::int64_t result = 0;
  if (__builtin_mul_overflow(seconds, kNanosPerSecond, &result) ||
      __builtin_add_overflow(result, nanos, &result)) {
    return std::nullopt;
  }
  return from_nanoseconds(result);
}

struct Unit {
  char letter;
  std::int64_t seconds;
};

constexpr std::array<Unit, 6> kUnits = {{
    {'s', 1},
    {'m', kSecondsPerMinute},
    {'h', kSecondsPerHour},
    {'d', kSecondsPerDay},
    {'w', 7 * kSecondsPerDay},
    {'y', 365 * kSecondsPerDay},
}};

std::size_t digit_count(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) -
                                  text.begin());
}

// True for what was probably meant as a span: digits and then a letter.
bool looks_like_span(std::string_view text) {
  const std::size_t digits = digit_count(text);
  return digits > 0 && digits < text.size() &&
         ((text[digits] | 0x20) >= 'a' && (text[digits] | 0x20) <= 'z');
}

Parsed<Timestamp> read_moment(std::string_view text, Seconds needed) {
  Reader in{text};
  const Parsed<std::int64_t> date = read_date(in);
  if (!date) return tl::make_unexpected(date.error());
  std::int64_t seconds = *date;
  std::int64_t nanos = 0;
  if (!in.done()) {
    const char separator = text[in.at];
    if (separator != 'T' && separator != 't' && separator != ' ') {
      return refuse(in.at, in.left(), "unexpected text after the date");
    }
    ++in.at;
    const Parsed<std::int64_t> clock = read_clock(in, needed);
    if (!clock) return tl::make_unexpected(clock.error());
    const Parsed<std::int64_t> fraction = read_fraction(in);
    if (!fraction) return tl::make_unexpected(fraction.error());
    const Parsed<std::int64_t> zone = read_zone(in);
    if (!zone) return tl::make_unexpected(zone.error());
    seconds += *clock - *zone;
    nanos = *fraction;
  }
  if (!in.done()) return refuse(in.at, in.left(), "unexpected text after the time");
  const std::optional<Timestamp> time = make_timestamp(seconds, nanos);
  if (!time) {
    return refuse(0, text.size(), "the time is out of range",
                  "times from 1677-09-22 to 2262-04-11 can be kept");
  }
  return *time;
}

// --- Writing ---

void put_digits(char* to, std::int64_t value, int count) {
  for (int i = count; i-- > 0; value /= 10) to[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string to_rfc3339(Timestamp time) {
  std::int64_t seconds = nanoseconds(time) / kNanosPerSecond;
  std::int64_t nanos = nanoseconds(time) % kNanosPerSecond;
  if (nanos < 0) {
    nanos += kNanosPerSecond;
    --seconds;
  }
  const auto whole = std::chrono::sys_seconds(std::chrono::seconds(seconds));
  const auto day = std::chrono::floor<std::chrono::days>(whole);
  const std::chrono::year_month_day date(day);
  const std::int64_t clock = (whole - day).count();

  char text[] = "0000-00-00T00:00:00.000000000";
  put_digits(text, static_cast<int>(date.year()), 4);
  put_digits(text + 5, static_cast<unsigned>(date.month()), 2);
  put_digits(text + 8, static_cast<unsigned>(date.day()), 2);
  put_digits(text + 11, clock / kSecondsPerHour, 2);
  put_digits(text + 14, clock / kSecondsPerMinute % 60, 2);
  put_digits(text + 17, clock % 60, 2);
  put_digits(text + 20, nanos, 9);
  std::size_t length = sizeof text - 1;
  if (nanos % 1'000 == 0) length -= 3;
  if (nanos % 1'000'000 == 0) length -= 3;
  if (nanos == 0) length -= 4;  // the point as well
  std::string result(text, length);
  result += 'Z';
  return result;
}

Parsed<Timestamp> parse_timestamp(std::string_view text) {
  return read_moment(text, Seconds::needed);
}

Parsed<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  const std::size_t digits = digit_count(text);
  if (digits == 0) return refuse(0, text.size(), "not a span of time", kSpanHint);
  const std::string_view unit_text = text.substr(digits);
  if (unit_text == "mo") {
    return refuse(digits, 2, "months have no fixed length", "write 30d or 4w instead");
  }
  const auto* const unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& known) {
    return unit_text == std::string_view(&known.letter, 1);
  });
  if (unit == kUnits.end()) {
    const std::string message = unit_text.empty()
                                    ? "a span of time without a unit"
                                    : "not a unit of time: '" + std::string(unit_text) + "'";
    return refuse(unit_text.empty() ? 0 : digits, unit_text.empty() ? digits : unit_text.size(),
                  message, kSpanHint);
  }
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, count);
  std::int64_t span = 0;
  if (error != std::errc() || __builtin_mul_overflow(count, unit->seconds, &span) ||
      __builtin_mul_overflow(span, kNanosPerSecond, &span)) {
    return refuse(0, text.size(), "the span of time is too long", "at most 292y can be kept");
  }
  return std::chrono::nanoseconds(span);
}

Parsed<Timestamp> parse_time(std::string_view text, Timestamp now) {
  if (text == "now") return now;
  if (text == "today" || text == "yesterday") {
    // Whole seconds first: the day of the earliest moment begins before it.
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    auto day = std::chrono::floor<std::chrono::days>(second);
    if (text == "yesterday") day -= std::chrono::days(1);
    const auto midnight =
        make_timestamp(std::chrono::sys_seconds(day).time_since_epoch().count(), 0);
    if (!midnight) return refuse(0, text.size(), "the time is out of range");
    return *midnight;
  }
  const bool minus = !text.empty() && text[0] == '-';
  const std::string_view span_text = text.substr(minus ? 1 : 0);
  if (!minus && !looks_like_span(text)) {
    Parsed<Timestamp> time = read_moment(text, Seconds::optional);
    if (!time && time.error().hint == kTimeHint) time.error().hint += kOtherTimes;
    return time;
  }
  const auto span = parse_duration(span_text);
  if (!span) {
    ParseError error = span.error();
    error.offset += minus ? 1 : 0;
    return tl::make_unexpected(std::move(error));
  }
  std::int64_t then = 0;
  if (__builtin_sub_overflow(nanoseconds(now), span->count(), &then)) {
    return refuse(0, text.size(), "the span reaches back before 1677", kSpanHint);
  }
  return from_nanoseconds(then);
}

}  // namespace audit
