#include "source/scalar.hpp"

#include <audit/time.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

namespace audit::source {

namespace {

constexpr FoundNumber kNothing{Found::nothing, 0};
constexpr FoundNumber kFault{Found::fault, 0};

FoundNumber found(std::optional<std::int64_t> value) noexcept {
  return value ? FoundNumber{Found::value, *value} : kFault;
}

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool equal_ignoring_case(std::string_view text, std::string_view lower_case) noexcept {
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) { return lower(a) == b; });
}

template <std::size_t N>
bool is_one_of(std::string_view text, const std::string_view (&words)[N]) noexcept {
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view word) { return equal_ignoring_case(text, word); });
}

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// A decimal taken apart: sign, significant digits, and the power of ten of the last of them.
struct Decimal {
  bool negative = false;
  std::uint64_t digits = 0;
  int exponent = 0;
  bool rounds_up = false;  // digits that did not fit: the first of them was 5 or more
};

constexpr int kMaxExponent = 400;  // a double reaches to 308

// Digits up to what 64 bits hold; the rest only moves the exponent and the rounding.
struct DigitReader {
  Decimal decimal;
  bool full = false;
  bool any = false;

  void take(char c, bool after_point) noexcept {
    any = true;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    constexpr std::uint64_t kRoom = (std::numeric_limits<std::uint64_t>::max() - 9) / 10;
    if (!full && decimal.digits <= kRoom) {
      decimal.digits = decimal.digits * 10 + digit;
      decimal.exponent -= after_point;
      return;
    }
    if (!full) decimal.rounds_up = digit >= 5;
    full = true;
    decimal.exponent += !after_point;
  }
};

std::optional<int> read_exponent(std::string_view text) noexcept {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::clamp(exponent, -kMaxExponent, kMaxExponent);
}

std::optional<Decimal> read_decimal(std::string_view text) noexcept {
  DigitReader reader;
  std::size_t i = 0;
  if (i < text.size() && (text[i] == '-' || text[i] == '+'))
    reader.decimal.negative = text[i++] == '-';
  while (i < text.size() && is_digit(text[i])) reader.take(text[i++], false);
  if (i < text.size() && text[i] == '.') {
    ++i;
    while (i < text.size() && is_digit(text[i])) reader.take(text[i++], true);
  }
  if (!reader.any) return std::nullopt;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    const auto exponent = read_exponent(text.substr(i + 1));
    if (!exponent) return std::nullopt;
    reader.decimal.exponent += *exponent;
    i = text.size();
  }
  if (i != text.size()) return std::nullopt;
  return reader.decimal;
}

// digits / 10^places to the nearest, halves up.
std::uint64_t drop_digits(const Decimal& decimal, int places) noexcept {
  std::uint64_t rest = decimal.digits;
  std::uint64_t last = decimal.rounds_up ? 5 : 0;
  for (; places > 0; --places) {
    last = rest % 10;
    rest /= 10;
    if (rest == 0 && places > 1) return 0;
  }
  return rest + (last >= 5);
}

// The value times 10^shift as an integer.
std::optional<std::int64_t> scale(const Decimal& decimal, int shift) noexcept {
  int power = decimal.exponent + shift;
  std::uint64_t magnitude = decimal.digits;
  if (power <= 0) magnitude = drop_digits(decimal, -power);
  for (; power > 0 && magnitude != 0; --power) {
    if (magnitude > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / 10) {
      return std::nullopt;
    }
    magnitude *= 10;
  }
  if (magnitude > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  const auto value = static_cast<std::int64_t>(magnitude);
  return decimal.negative ? -value : value;
}

std::optional<Decimal> decimal_of(const Scalar& scalar) noexcept {
  if (scalar.kind == Scalar::Kind::text) return read_decimal(trim(scalar.text));
  if (scalar.kind == Scalar::Kind::boolean) return std::nullopt;
  Decimal decimal;
  switch (scalar.number->kind) {
    case base::JsonNumber::Kind::signed_integer:
      decimal.negative = scalar.number->i < 0;
      decimal.digits = static_cast<std::uint64_t>(scalar.number->i);
      if (decimal.negative) decimal.digits = 0 - decimal.digits;
      return decimal;
    case base::JsonNumber::Kind::unsigned_integer:
      decimal.digits = scalar.number->u;
      return decimal;
    default:
      return read_decimal(NumberText(*scalar.number).text());
  }
}

// Text that stands for nothing; numbers and booleans never do.
bool is_nothing(const Scalar& scalar) noexcept {
  return scalar.kind == Scalar::Kind::text && says_nothing(scalar.text);
}

bool is_minus_one(const Decimal& decimal) noexcept {
  return decimal.negative && scale(decimal, 0) == -1 && scale(decimal, 3) == -1000;
}

// A number of either sign times 10^shift.
FoundNumber read_any(const Scalar& scalar, int shift) noexcept {
  if (is_nothing(scalar)) return kNothing;
  const auto decimal = decimal_of(scalar);
  if (!decimal) return kFault;
  if (is_minus_one(*decimal)) return kNothing;
  return found(scale(*decimal, shift));
}

// Seconds below 10^11, then milli-, micro- and nanoseconds: what to multiply with for nanoseconds.
int epoch_shift(const Decimal& decimal) noexcept {
  const auto whole = scale(decimal, 0);
  if (!whole) return 0;
  if (*whole < 100'000'000'000) return 9;
  if (*whole < 100'000'000'000'000) return 6;
  if (*whole < 100'000'000'000'000'000) return 3;
  return 0;
}

FoundNumber read_epoch(const Decimal& decimal) noexcept {
  if (decimal.digits == 0 || is_minus_one(decimal)) return kNothing;
  if (decimal.negative) return kFault;
  return found(scale(decimal, epoch_shift(decimal)));
}

// A text of digits is an epoch only with nine of them or more: "2026" and "20260801" are not.
bool looks_like_epoch(std::string_view text) noexcept {
  constexpr std::size_t kLeastDigits = 9;
  const auto digits = std::find_if_not(text.begin(), text.end(), is_digit) - text.begin();
  return static_cast<std::size_t>(digits) >= kLeastDigits;
}

// A date that is well formed but behind the last moment a Timestamp can hold.
bool is_far_future(std::string_view text) {
  constexpr std::string_view kFirstYearBeyond = "2262";
  const std::size_t year_digits = kFirstYearBeyond.size();
  if (text.size() <= year_digits || text[year_digits] != '-' ||
      text.substr(0, year_digits) < kFirstYearBeyond) {
    return false;
  }
  std::string within(text);
  return parse_timestamp(within.replace(0, year_digits, "2096")).has_value();  // a leap year too
}

FoundNumber read_time_text(std::string_view text) {
  if (text == "0" || text.substr(0, 5) == "0001-" || says_nothing(text)) return kNothing;
  if (looks_like_epoch(text)) {
    const auto decimal = read_decimal(text);
    if (decimal) return read_epoch(*decimal);
  }
  const auto time = parse_timestamp(text);
  if (!time) return is_far_future(text) ? found(kBeyondTime) : kFault;
  const std::int64_t ns = nanoseconds(*time);
  return ns == 0 ? kNothing : found(ns);
}

// A unit in microseconds: times * 10^shift.
struct Unit {
  std::string_view name;
  int shift;
  std::int64_t times;
};

constexpr Unit kUnits[] = {
    {"ns", -3, 1},     {"us", 0, 1}, {"\xc2\xb5s", 0, 1}, {"ms", 3, 1},
    {"msec", 3, 1},    {"s", 6, 1},  {"sec", 6, 1},       {"secs", 6, 1},
    {"seconds", 6, 1}, {"m", 6, 60}, {"min", 6, 60},      {"h", 6, 3600},
};

// No fraction, however it is written: 12, 12.0, 1.2e1.
bool is_whole(Decimal decimal) noexcept {
  for (; decimal.exponent < 0 && decimal.digits % 10 == 0; ++decimal.exponent) {
    if (decimal.digits == 0) return true;
    decimal.digits /= 10;
  }
  return decimal.exponent >= 0 && !decimal.rounds_up;
}

}  // namespace

bool says_nothing(std::string_view text) noexcept {
  static constexpr std::string_view kWords[] = {
      "null", "none",           "n/a", "na", "nil", "nan", "unknown", "undefined", "unset",
      "-",    "<not specified>"};
  constexpr std::size_t kLongest = 15;
  return text.empty() || (text.size() <= kLongest && is_one_of(text, kWords));
}

bool is_withheld(std::string_view text) noexcept {
  constexpr std::size_t kShortest = 10;
  constexpr std::size_t kLongest = 12;
  return text.size() >= kShortest && text.size() <= kLongest &&
         (text == "[REDACTED]" || text == "<REDACTED>" || text == "[redacted]" ||
          text == "<redacted>" || text == "__REDACTED__");
}

FoundNumber read_integer(const Scalar& scalar) noexcept {
  if (scalar.kind == Scalar::Kind::number &&
      scalar.number->kind == base::JsonNumber::Kind::signed_integer) {  // nearly always
    if (scalar.number->i == -1) return kNothing;
    return scalar.number->i < 0 ? kFault : found(scalar.number->i);
  }
  if (is_nothing(scalar)) return kNothing;
  const auto decimal = decimal_of(scalar);
  if (!decimal || !is_whole(*decimal)) return kFault;
  if (is_minus_one(*decimal)) return kNothing;
  return decimal->negative && decimal->digits != 0 ? kFault : found(scale(*decimal, 0));
}

FoundNumber read_boolean(const Scalar& scalar) noexcept {
  static constexpr std::string_view kTrue[] = {"true", "yes", "y", "1", "on"};
  static constexpr std::string_view kFalse[] = {"false", "no", "n", "0", "off"};
  if (scalar.kind == Scalar::Kind::boolean) return found(scalar.truth);
  if (scalar.kind == Scalar::Kind::number) {
    return scalar.number->d == 0 || scalar.number->d == 1 ? found(scalar.number->d == 1) : kFault;
  }
  if (is_one_of(scalar.text, kTrue)) return found(1);
  if (is_one_of(scalar.text, kFalse)) return found(0);
  return says_nothing(scalar.text) ? kNothing : kFault;
}

FoundNumber read_time(const Scalar& scalar) {
  if (scalar.kind == Scalar::Kind::text) return read_time_text(trim(scalar.text));
  const auto decimal = decimal_of(scalar);
  return decimal ? read_epoch(*decimal) : kFault;
}

FoundNumber read_scaled(const Scalar& scalar, int shift) noexcept {
  const FoundNumber number = read_any(scalar, shift);
  return number.found == Found::value && number.value < 0 ? kFault : number;
}

FoundNumber read_duration(const Scalar& scalar) noexcept {
  if (scalar.kind != Scalar::Kind::text) return kFault;
  const std::string_view text = trim(scalar.text);
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view name = trim(text.substr(digits));
  for (const Unit& unit : kUnits) {
    if (unit.name != name) continue;
    const auto value = scale_decimal(text.substr(0, digits), unit.shift);
    std::int64_t microseconds = 0;
    if (!value || __builtin_mul_overflow(*value, unit.times, &microseconds)) return kFault;
    return found(microseconds);
  }
  return says_nothing(text) ? kNothing : kFault;
}

FoundNumber read_money(const Scalar& scalar) noexcept { return read_any(scalar, 9); }

FoundNumber read_share(const Scalar& scalar) noexcept {
  constexpr std::int64_t kWhole = 1'000'000;
  FoundNumber share = kFault;
  if (scalar.kind == Scalar::Kind::text && scalar.text.ends_with('%')) {
    share = found(scale_decimal(trim(scalar.text.substr(0, scalar.text.size() - 1)), 4));
  } else {
    share = read_any(scalar, 6);
  }
  if (share.found == Found::value && (share.value < 0 || share.value > kWhole)) return kFault;
  return share;
}

std::optional<Digest> read_hash(std::string_view text) noexcept {
  constexpr std::string_view kPrefix = "sha256:";
  if (text.size() > kPrefix.size() &&
      equal_ignoring_case(text.substr(0, kPrefix.size()), kPrefix)) {
    text.remove_prefix(kPrefix.size());
  }
  return digest_from_hex(text);
}

std::optional<std::int64_t> scale_decimal(std::string_view text, int shift) noexcept {
  const auto decimal = read_decimal(text);
  return decimal ? scale(*decimal, shift) : std::nullopt;
}

NumberText::NumberText(const base::JsonNumber& number) noexcept {
  char* const begin = digits_.data();
  char* const end = begin + digits_.size();
  std::to_chars_result written{begin, {}};
  switch (number.kind) {
    case base::JsonNumber::Kind::signed_integer:
      written = std::to_chars(begin, end, number.i);
      break;
    case base::JsonNumber::Kind::unsigned_integer:
      written = std::to_chars(begin, end, number.u);
      break;
    default:
      written = std::to_chars(begin, end, number.d);
      break;
  }
  length_ = static_cast<std::size_t>(written.ptr - begin);
}

}  // namespace audit::source
