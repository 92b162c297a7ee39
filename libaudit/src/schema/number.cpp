#include "schema/number.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace audit::schema {

namespace {

using base::JsonNumber;
__extension__ using Wide = unsigned __int128;

// digits * 10^exponent, without its sign.
struct Decimal {
  std::uint64_t digits = 0;
  int exponent = 0;
};

// Wide enough for both kinds of 64-bit integers and for doubles.
long double value_of(const JsonNumber& number) noexcept {
  switch (number.kind) {
    case JsonNumber::Kind::signed_integer:
      return static_cast<long double>(number.i);
    case JsonNumber::Kind::unsigned_integer:
      return static_cast<long double>(number.u);
    case JsonNumber::Kind::real:
      break;
  }
  return static_cast<long double>(number.d);
}

// The fewest digits that are read as this double: those that were written, up to fifteen.
Decimal shortest(double value) noexcept {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), std::fabs(value),
                                 std::chars_format::scientific)
                       .ptr;
  Decimal decimal;
  bool behind_point = false;
  for (const char* at = text.data(); at != end; ++at) {
    if (*at == '.') {
      behind_point = true;
    } else if (*at == 'e') {
      int exponent = 0;
      std::from_chars(at[1] == '+' ? at + 2 : at + 1, end, exponent);
      decimal.exponent += exponent;
      break;
    } else {
      decimal.digits = decimal.digits * 10 + static_cast<std::uint64_t>(*at - '0');
      decimal.exponent -= behind_point ? 1 : 0;
    }
  }
  return decimal;
}

Decimal decimal_of(const JsonNumber& number) noexcept {
  switch (number.kind) {
    case JsonNumber::Kind::signed_integer:
      return {number.i < 0 ? 0 - static_cast<std::uint64_t>(number.i)
                           : static_cast<std::uint64_t>(number.i),
              0};
    case JsonNumber::Kind::unsigned_integer:
      return {number.u, 0};
    case JsonNumber::Kind::real:
      break;
  }
  return shortest(number.d);
}

// digits * 10^power, modulo `of`.
std::uint64_t remainder(std::uint64_t digits, int power, std::uint64_t of) noexcept {
  Wide rest = digits % of;
  for (; power > 0 && rest != 0; --power) rest = rest * 10 % of;
  return static_cast<std::uint64_t>(rest);
}

}  // namespace

int compare(const JsonNumber& a, const JsonNumber& b) noexcept {
  const long double left = value_of(a);
  const long double right = value_of(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

bool is_whole(const JsonNumber& number) noexcept {
  return number.kind != JsonNumber::Kind::real || std::trunc(number.d) == number.d;
}

bool is_multiple(const JsonNumber& number, const JsonNumber& of) noexcept {
  constexpr int kMostDigits = 20;  // of 64 bits
  const Decimal a = decimal_of(number);
  Decimal b = decimal_of(of);
  if (a.digits == 0) return true;
  if (a.exponent >= b.exponent) return remainder(a.digits, a.exponent - b.exponent, b.digits) == 0;
  // What `of` has more of zeros at its end, `number` must have in its digits.
  if (b.exponent - a.exponent > kMostDigits) return false;
  std::uint64_t digits = a.digits;
  for (int i = a.exponent; i < b.exponent; ++i) {
    if (digits % 10 != 0) return false;
    digits /= 10;
  }
  return digits % b.digits == 0;
}

}  // namespace audit::schema
