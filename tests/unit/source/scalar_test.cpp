#include "source/scalar.hpp"

#include <cstdlib>
#include <limits>
#include <random>
#include <string>

#include <doctest/doctest.h>

using namespace audit::source;  // NOLINT(google-build-using-namespace)
using audit::base::JsonNumber;

namespace {

Scalar text(std::string_view value) { return {Scalar::Kind::text, false, value}; }

JsonNumber integer(std::int64_t value) {
  return {JsonNumber::Kind::signed_integer, value, 0, static_cast<double>(value)};
}

JsonNumber real(double value) { return {JsonNumber::Kind::real, 0, 0, value}; }

Scalar number(const JsonNumber& value) { return {Scalar::Kind::number, false, {}, &value}; }

// Slow and obvious: moves the point through the digits and rounds by looking at what is left.
std::string scaled_slowly(bool negative, std::string whole, std::string fraction, int shift) {
  for (; shift > 0; --shift) {
    whole += fraction.empty() ? '0' : fraction.front();
    if (!fraction.empty()) fraction.erase(0, 1);
  }
  for (; shift < 0; ++shift) {
    fraction.insert(0, 1, whole.empty() ? '0' : whole.back());
    if (!whole.empty()) whole.pop_back();
  }
  std::uint64_t value = whole.empty() ? 0 : std::strtoull(whole.c_str(), nullptr, 10);
  if (!fraction.empty() && fraction.front() >= '5') ++value;
  return (negative && value != 0 ? "-" : "") + std::to_string(value);
}

std::string digits(std::mt19937& random, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += static_cast<char>('0' + random() % 10);
  return out;
}

}  // namespace

TEST_CASE("decimals scale as their digits say, to the last one") {
  std::mt19937 random(20260801);
  for (int i = 0; i < 20'000; ++i) {
    const std::string whole = digits(random, random() % 8);
    const std::string fraction = digits(random, whole.empty() ? 1 + random() % 15 : random() % 15);
    const bool negative = random() % 4 == 0;
    const int shift = static_cast<int>(random() % 16) - 6;
    const std::string written =
        (negative ? "-" : "") + whole + (fraction.empty() ? "" : "." + fraction);
    CAPTURE(written);
    CAPTURE(shift);
    const auto value = scale_decimal(written, shift);
    REQUIRE(value);
    CHECK_EQ(std::to_string(*value), scaled_slowly(negative, whole, fraction, shift));
  }
}

TEST_CASE("decimals at the edge of 64 bits are exact or refused") {
  CHECK_EQ(scale_decimal("9223372036854775807", 0), std::numeric_limits<std::int64_t>::max());
  CHECK_FALSE(scale_decimal("9223372036854775808", 0));
  CHECK_FALSE(scale_decimal("9223372036854775807", 1));
  CHECK_FALSE(scale_decimal("1e400", 0));
  CHECK_FALSE(scale_decimal("1e99999999999999999999", 0));
  CHECK_EQ(scale_decimal("1e-400", 9), 0);
  CHECK_EQ(scale_decimal("0e400", 9), 0);
  CHECK_EQ(scale_decimal("1.5e3", 0), 1500);
  CHECK_EQ(scale_decimal("12.5E-1", 2), 125);
  CHECK_EQ(scale_decimal("0.99999999999999999999999999", 0), 1);
  CHECK_EQ(scale_decimal("0.4999999999999999999999999999", 0), 0);
  CHECK_EQ(scale_decimal("1700000000.1234567894", 9), 1'700'000'000'123'456'789);
  for (const char* no : {"", "-", ".", "e5", "1e", "1e+", "1x", "0x10", "1 2", "--1", "1.2.3",
                         "inf", "nan", "1e5.0", "1,5"}) {
    CAPTURE(no);
    CHECK_FALSE(scale_decimal(no, 0));
  }
}

TEST_CASE("money does not go through binary fractions") {
  const JsonNumber dime = real(0.1);
  CHECK_EQ(read_money(number(dime)).value, 100'000'000);
  const JsonNumber third = real(1234567.123456789);
  CHECK_EQ(read_money(number(third)).value, 1'234'567'123'456'789);
  const JsonNumber tie = real(2.0000000005);  // the double is a little below
  CHECK_EQ(read_money(number(tie)).value, 2'000'000'001);
  CHECK(read_money(text("12 EUR")).found == Found::fault);
  CHECK(read_money(text("-1")).found == Found::nothing);
  CHECK_EQ(read_money(text("-0.5")).value, -500'000'000);
  const JsonNumber huge = real(1e300);
  CHECK(read_money(number(huge)).found == Found::fault);
}

TEST_CASE("epochs have the unit that their size says, to the nanosecond") {
  const auto at = [](std::int64_t value) {
    const JsonNumber json = integer(value);
    return read_time(number(json));
  };
  CHECK_EQ(at(1'700'000'000).value, 1'700'000'000'000'000'000);
  CHECK_EQ(at(1'700'000'000'123).value, 1'700'000'000'123'000'000);
  CHECK_EQ(at(1'700'000'000'123'456).value, 1'700'000'000'123'456'000);
  CHECK_EQ(at(1'700'000'000'123'456'789).value, 1'700'000'000'123'456'789);
  CHECK_EQ(at(100'000'000'000).value, 100'000'000'000'000'000);  // 10^11 is the first in ms
  CHECK(at(99'999'999'999).found == Found::fault);               // and below it year 5138
  CHECK(at(0).found == Found::nothing);
  CHECK(at(-1).found == Found::nothing);
  CHECK(at(-5).found == Found::fault);
  const JsonNumber fraction = real(1700000000.123456);
  CHECK_EQ(read_time(number(fraction)).value, 1'700'000'000'123'456'000);
  CHECK_EQ(read_time(text("1700000000.123456789")).value, 1'700'000'000'123'456'789);
  CHECK_EQ(read_time(text("1700000000123456789")).value, 1'700'000'000'123'456'789);
  CHECK_EQ(read_time(text(" 2023-11-14T22:13:20Z ")).value, 1'700'000'000'000'000'000);
}

TEST_CASE("texts that are no time are nothing or a fault") {
  for (const char* nothing :
       {"0001-01-01T00:00:00Z", "0", "", "null", "N/A", "1970-01-01T00:00:00Z"}) {
    CAPTURE(nothing);
    CHECK(read_time(text(nothing)).found == Found::nothing);
  }
  for (const char* fault : {"soon", "2026", "20260801", "2026-02-30T00:00:00Z",
                            "9999-02-30T00:00:00Z", "1600-01-01T00:00:00Z"}) {
    CAPTURE(fault);
    CHECK(read_time(text(fault)).found == Found::fault);
  }
  CHECK(read_time({Scalar::Kind::boolean, true}).found == Found::fault);
}

TEST_CASE("a year no field can hold passed over in silence") {
  for (const char* late : {"9999-01-01T00:00:00Z", "2999-12-31", "2263-01-01T00:00:00Z"}) {
    CAPTURE(late);
    CHECK(read_time(text(late)).found == Found::value);
    CHECK_EQ(read_time(text(late)).value, kBeyondTime);
  }
}

TEST_CASE("whole numbers may be written as text or with an empty fraction") {
  for (const char* seven : {"7", "7.0", "0.7e1", " 7 ", "+7"}) {
    CAPTURE(seven);
    CHECK_EQ(read_integer(text(seven)).value, 7);
  }
  for (const char* fault : {"7.5", "7.0004", "seven", "-2", "1e30", "0x7"}) {
    CAPTURE(fault);
    CHECK(read_integer(text(fault)).found == Found::fault);
  }
  CHECK(read_integer(text("-1")).found == Found::nothing);
  CHECK_EQ(read_integer(text("-0")).value, 0);
  const JsonNumber above{JsonNumber::Kind::unsigned_integer, 0, std::uint64_t{1} << 63, 9.3e18};
  CHECK(read_integer(number(above)).found == Found::fault);
  const JsonNumber seven = real(7.0);
  CHECK_EQ(read_integer(number(seven)).value, 7);
}

TEST_CASE("durations come in their unit") {
  const JsonNumber half = real(0.5);
  CHECK_EQ(read_scaled(number(half), 3).value, 500);      // milliseconds
  CHECK_EQ(read_scaled(number(half), 6).value, 500'000);  // seconds
  CHECK_EQ(read_scaled(text("1500"), -3).value, 2);       // nanoseconds
  CHECK_EQ(read_duration(text("350ms")).value, 350'000);
  CHECK_EQ(read_duration(text("1.5 s")).value, 1'500'000);
  CHECK_EQ(read_duration(text("2m")).value, 120'000'000);
  CHECK_EQ(read_duration(text("1.5h")).value, 5'400'000'000);
  CHECK_EQ(read_duration(text("250\xc2\xb5s")).value, 250);
  for (const char* fault : {"12", "s", "ms5", "1.5 parsecs", "99999999999999h", "-5s"}) {
    CAPTURE(fault);
    CHECK(read_duration(text(fault)).found == Found::fault);
  }
}

TEST_CASE("shares lie between 0 and 1") {
  CHECK_EQ(read_share(text("0.92")).value, 920'000);
  CHECK_EQ(read_share(text("92%")).value, 920'000);
  CHECK_EQ(read_share(text("1")).value, 1'000'000);
  CHECK_EQ(read_share(text("0")).value, 0);
  CHECK_EQ(read_share(text("0.0000005")).value, 1);
  for (const char* fault : {"1.01", "92", "-0.1", "101%", "high"}) {
    CAPTURE(fault);
    CHECK(read_share(text(fault)).found == Found::fault);
  }
}

TEST_CASE("booleans are also words and digits") {
  for (const char* yes : {"true", "TRUE", "yes", "1", "on"})
    CHECK_EQ(read_boolean(text(yes)).value, 1);
  for (const char* no : {"false", "No", "0", "off"}) {
    CHECK(read_boolean(text(no)).found == Found::value);
    CHECK_EQ(read_boolean(text(no)).value, 0);
  }
  const JsonNumber two = integer(2);
  CHECK(read_boolean(number(two)).found == Found::fault);
  CHECK(read_boolean(text("maybe")).found == Found::fault);
  CHECK(read_boolean(text("N/A")).found == Found::nothing);
}
