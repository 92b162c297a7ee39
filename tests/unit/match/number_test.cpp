#include "match/number.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace audit::match {
namespace {

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

bool has(const Range& range, std::int64_t number) {
  return range.first <= number && number <= range.last;
}

TEST_CASE("a decimal is scaled without rounding") {
  struct Case {
    const char* text;
    std::int64_t unit;
    std::int64_t value;
  };

  for (const Case& c :
       {Case{"0", 1, 0}, Case{"-0", 1, 0}, Case{"12", 1, 12}, Case{"-12", 1, -12}, Case{"+7", 1, 7},
        Case{"0.5", 1'000'000'000, 500'000'000}, Case{".25", 1'000'000, 250'000}, Case{"1.", 1, 1},
        Case{"1.5e3", 1, 1500}, Case{"15E-1", 10, 15}, Case{"0.1", 1'000'000'000, 100'000'000},
        Case{"9223372036854775807", 1, kMax}, Case{"-9223372036854775808", 1, kMin},
        Case{"9.223372036854775807", 1'000'000'000, 9223372036}, Case{"0.000000000000", 1, 0}}) {
    CAPTURE(c.text);
    const auto bound = parse_number(c.text, c.unit);
    REQUIRE(bound.has_value());
    CHECK(bound->place == Bound::Place::within);
    if (std::string(c.text) == "9.223372036854775807") continue;  // not whole: see below
    CHECK(bound->first == c.value);
    CHECK(bound->last == c.value);
  }
}

TEST_CASE("what is no number is refused") {
  for (const char* text : {"", "-", ".", "1x", "x", "1,5", "0x10", "1e", "1e-", "1e9999", "--1",
                           "1..2", "1 ", " 1", "inf", "nan", "e5"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_number(text, 1).has_value());
  }
}

TEST_CASE("a number between two whole ones equals none and parts them") {
  for (const auto& [text, below_it] : std::vector<std::pair<std::string, std::int64_t>>{
           {"0.5", 0}, {"-0.5", -1}, {"2.0001", 2}, {"-2.0001", -3}}) {
    CAPTURE(text);
    const Bound bound = *parse_number(text, 1);
    for (std::int64_t n = -5; n <= 5; ++n) {
      CHECK_FALSE(has(equal_to(bound), n));
      for (const bool or_equal : {false, true}) {
        CHECK(has(above(bound, or_equal), n) == (n > below_it));
        CHECK(has(below(bound, or_equal), n) == (n <= below_it));
      }
    }
  }
}

TEST_CASE("comparisons agree with arithmetic at the edges") {
  const std::vector<std::int64_t> numbers = {kMin, kMin + 1, -1, 0, 1, kMax - 1, kMax};
  for (const std::int64_t wanted : numbers) {
    const Bound bound = *parse_number(std::to_string(wanted), 1);
    for (const std::int64_t n : numbers) {
      CAPTURE(wanted);
      CAPTURE(n);
      CHECK(has(equal_to(bound), n) == (n == wanted));
      CHECK(has(above(bound, false), n) == (n > wanted));
      CHECK(has(above(bound, true), n) == (n >= wanted));
      CHECK(has(below(bound, false), n) == (n < wanted));
      CHECK(has(below(bound, true), n) == (n <= wanted));
    }
  }
}

TEST_CASE("numbers beyond 64 bits are above or below all") {
  for (const char* text : {"9223372036854775808", "1e400", "9223372036854775807.5"}) {
    CAPTURE(text);
    const Bound bound = *parse_number(text, 1);
    CHECK_FALSE(has(equal_to(bound), kMax));
    CHECK_FALSE(has(above(bound, true), kMax));
    CHECK(has(below(bound, false), kMax));
  }
  for (const char* text : {"-9223372036854775809", "-1e400", "-9223372036854775808.5"}) {
    CAPTURE(text);
    const Bound bound = *parse_number(text, 1);
    CHECK_FALSE(has(equal_to(bound), kMin));
    CHECK_FALSE(has(below(bound, true), kMin));
    CHECK(has(above(bound, false), kMin));
  }
}

TEST_CASE("ranges are sorted and joined where they touch") {
  std::vector<Range> ranges = {{5, 6}, {1, 2}, {3, 3}, {9, 8}, {6, 7}, {20, kMax}, {30, 40}};
  normalize(ranges);
  REQUIRE(ranges.size() == 3);
  CHECK(ranges[0].first == 1);
  CHECK(ranges[0].last == 3);
  CHECK(ranges[1].first == 5);
  CHECK(ranges[1].last == 7);
  CHECK(ranges[2].first == 20);
  CHECK(ranges[2].last == kMax);
}

TEST_CASE("JSON numbers are read exactly, other text not at all") {
  CHECK(parse_json_number("18446744073709551615") == 18446744073709551615.0L);
  CHECK(parse_json_number("-9223372036854775808") == -9223372036854775808.0L);
  CHECK(parse_json_number("0.1") == static_cast<long double>(0.1));
  CHECK(parse_json_number("1e3") == 1000.0L);
  for (const char* text : {"", "-", "007", "+1", "1.", ".5", "1x", "0x1", "true", "1e999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_json_number(text).has_value());
  }
}

}  // namespace
}  // namespace audit::match
