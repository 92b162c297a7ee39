#include "match/number.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>
#include <system_error>

namespace audit::match {

namespace {

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto count = static_cast<std::size_t>(end - text.begin());
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

bool take(std::string_view& text, char a, char b) {
  if (text.empty() || (text[0] != a && text[0] != b)) return false;
  text.remove_prefix(1);
  return true;
}

// A decimal number: digits, with the point behind the first `point` of them (or beyond them).
struct Decimal {
  bool negative = false;
  std::string digits;
  std::int64_t point = 0;
};

std::optional<Decimal> read_decimal(std::string_view text) {
  Decimal decimal;
  decimal.negative = take(text, '-', '-');
  if (!decimal.negative) take(text, '+', '+');
  decimal.digits = take_digits(text);
  decimal.point = static_cast<std::int64_t>(decimal.digits.size());
  if (take(text, '.', '.')) decimal.digits += take_digits(text);
  if (decimal.digits.empty()) return std::nullopt;
  if (take(text, 'e', 'E')) {
    const bool minus = take(text, '-', '-');
    if (!minus) take(text, '+', '+');
    const std::string_view exponent = take_digits(text);
    if (exponent.empty() || exponent.size() > 3) return std::nullopt;
    std::int64_t shift = 0;
    for (const char c : exponent) shift = shift * 10 + (c - '0');
    decimal.point += minus ? -shift : shift;
  }
  if (!text.empty()) return std::nullopt;
  return decimal;
}

// digits * 10^n cut to a whole number, if that fits; `exact` tells whether anything was cut.
std::optional<std::uint64_t> whole_part(const Decimal& decimal, bool& exact) {
  std::uint64_t whole = 0;
  for (std::int64_t i = 0; i < decimal.point; ++i) {
    const bool given = i < static_cast<std::int64_t>(decimal.digits.size());
    const int digit = given ? decimal.digits[static_cast<std::size_t>(i)] - '0' : 0;
    if (__builtin_mul_overflow(whole, std::uint64_t{10}, &whole) ||
        __builtin_add_overflow(whole, static_cast<std::uint64_t>(digit), &whole)) {
      return std::nullopt;
    }
  }
  const auto point = static_cast<std::size_t>(std::max<std::int64_t>(decimal.point, 0));
  exact = point >= decimal.digits.size() ||
          decimal.digits.find_first_not_of('0', point) == std::string::npos;
  return whole;
}

}  // namespace

Range equal_to(const Bound& bound) noexcept {
  return bound.place == Bound::Place::within ? Range{bound.first, bound.last} : kNoNumbers;
}

Range above(const Bound& bound, bool or_equal) noexcept {
  if (bound.place == Bound::Place::below) return {};
  if (bound.place == Bound::Place::above) return kNoNumbers;
  if (or_equal) return {bound.first, kMax};
  return bound.last == kMax ? kNoNumbers : Range{bound.last + 1, kMax};
}

Range below(const Bound& bound, bool or_equal) noexcept {
  if (bound.place == Bound::Place::below) return kNoNumbers;
  if (bound.place == Bound::Place::above) return {};
  if (or_equal) return {kMin, bound.last};
  return bound.first == kMin ? kNoNumbers : Range{kMin, bound.first - 1};
}

Range common(const Range& a, const Range& b) noexcept {
  return {std::max(a.first, b.first), std::min(a.last, b.last)};
}

std::optional<Bound> parse_number(std::string_view text, std::int64_t unit) {
  std::optional<Decimal> decimal = read_decimal(text);
  if (!decimal) return std::nullopt;
  for (; unit > 1; unit /= 10) ++decimal->point;

  constexpr auto kMaxSize = static_cast<std::uint64_t>(kMax);
  const Bound too_far{decimal->negative ? Bound::Place::below : Bound::Place::above, 0, 0};
  bool exact = true;
  const std::optional<std::uint64_t> size = whole_part(*decimal, exact);
  if (!size || *size > kMaxSize + (decimal->negative ? 1 : 0)) return too_far;
  if (exact) {
    const std::int64_t value = *size > kMaxSize    ? kMin
                               : decimal->negative ? -static_cast<std::int64_t>(*size)
                                                   : static_cast<std::int64_t>(*size);
    return Bound{Bound::Place::within, value, value};
  }
  if (*size > kMaxSize || (*size == kMaxSize && !decimal->negative)) return too_far;
  const auto cut = static_cast<std::int64_t>(*size);
  if (decimal->negative) return Bound{Bound::Place::within, -cut, -cut - 1};
  return Bound{Bound::Place::within, cut + 1, cut};
}

std::optional<long double> parse_json_number(std::string_view text) noexcept {
  std::string_view rest = text;
  take(rest, '-', '-');
  const std::string_view digits = take_digits(rest);
  if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  const char* const end = text.data() + text.size();
  if (rest.empty()) {
    std::int64_t i = 0;
    if (std::from_chars(text.data(), end, i).ec == std::errc()) return i;
    std::uint64_t u = 0;
    if (text[0] != '-' && std::from_chars(text.data(), end, u).ec == std::errc()) return u;
  }
  double d = 0;
  const auto result = std::from_chars(text.data(), end, d);
  if (result.ec != std::errc() || result.ptr != end || text.back() == '.') return std::nullopt;
  return d;
}

}  // namespace audit::match
