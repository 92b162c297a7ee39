#include <audit/time.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace audit {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

// 2026-08-01T12:00:00.250Z
constexpr std::int64_t kNow = 1785585600250000000;

std::int64_t parsed(const std::string& text) {
  const auto time = parse_timestamp(text);
  REQUIRE_MESSAGE(time.has_value(), text);
  return nanoseconds(*time);
}

std::int64_t parsed_at_now(const std::string& text) {
  const auto time = parse_time(text, from_nanoseconds(kNow));
  REQUIRE_MESSAGE(time.has_value(), text);
  return nanoseconds(*time);
}

// The expected numbers are from Python's datetime.
TEST_CASE("times are read to the nanosecond") {
  for (const auto& [text, expected] : std::vector<std::pair<std::string, std::int64_t>>{
           {"1970-01-01T00:00:00Z", 0},
           {"2026-08-01T12:00:00.250Z", 1785585600250000000},
           {"2026-08-01", 1785542400000000000},
           {"2000-02-29T23:59:59.999999999Z", 951868799999999999},
           {"1969-12-31T23:59:59.999999999Z", -1},
           {"1900-03-01", -2203891200000000000},
           {"2100-02-28", 4107456000000000000},
           {"1700-01-01T00:00:00Z", -8520336000000000000},
           {"2261-12-31T23:59:59Z", 9214646399000000000},
           {"2024-02-29", 1709164800000000000},
           // RFC 3339, section 5.8
           {"1985-04-12T23:20:50.52Z", 482196050520000000},
           {"1996-12-19T16:39:57-08:00", 851042397000000000},
           {"1937-01-01T12:00:27.87+00:20", -1041337172130000000},
       }) {
    CAPTURE(text);
    CHECK(parsed(text) == expected);
  }
}

TEST_CASE("a time of day without seconds is read where people ask, not where logs tell") {
  for (const char* text : {"2026-08-01 12:00", "2026-08-01T12:00Z", "2026-08-01T14:00+02:00"}) {
    CAPTURE(text);
    CHECK(parsed_at_now(text) == 1785585600 * kSecond);
    CHECK_FALSE(parse_timestamp(text).has_value());
  }
  const auto late = parse_time("2026-08-01 25:00", from_nanoseconds(kNow));
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().offset == 11);
  CHECK(late.error().length == 5);
  CHECK(late.error().hint.find("7d") != std::string::npos);
  CHECK_FALSE(parse_time("2026-08-01 12:", from_nanoseconds(kNow)).has_value());
  CHECK_FALSE(parse_time("2026-08-01 12:0", from_nanoseconds(kNow)).has_value());
  CHECK_FALSE(parse_time("2026-08-01 12:00:", from_nanoseconds(kNow)).has_value());
}

TEST_CASE("the forms people and logs write mean the same moment") {
  for (const char* text :
       {"2026-08-01T12:00:00.250Z", "2026-08-01t12:00:00.250z", "2026-08-01 12:00:00.250Z",
        "2026-08-01 12:00:00.25", "2026-08-01T12:00:00.250", "2026-08-01T12:00:00.250000000Z",
        "2026-08-01T12:00:00.2500000009999Z", "2026-08-01T12:00:00.25-00:00",
        "2026-08-01T14:00:00.25+02:00", "2026-08-01T06:30:00.25-05:30",
        "2026-08-02T11:59:00.25+23:59", "2026-07-31T12:01:00.25-23:59"}) {
    CAPTURE(text);
    CHECK(parsed(text) == kNow);
  }
}

TEST_CASE("every day from 1678 to 2261 is counted right") {
  // Counted up one by one, backwards from 1970 and forwards again.
  const auto days_in = [](int year, int month) {
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month == 2) return leap ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
  };
  std::int64_t day = 0;
  for (int year = 1678; year < 1970; ++year) {
    for (int month = 1; month <= 12; ++month) day -= days_in(year, month);
  }
  for (int year = 1678; year <= 2261; ++year) {
    for (int month = 1; month <= 12; ++month) {
      for (int date = 1; date <= 31; ++date) {
        const std::string text = fmt::format("{:04}-{:02}-{:02}", year, month, date);
        const auto time = parse_timestamp(text);
        if (date > days_in(year, month)) {
          if (time) FAIL_CHECK("accepted " << text);
          continue;
        }
        if (!time || nanoseconds(*time) != day * kDay) FAIL_CHECK("wrong for " << text);
        if (to_rfc3339(from_nanoseconds(day * kDay)) != text + "T00:00:00Z") {
          FAIL_CHECK("wrongly written: " << text);
        }
        ++day;
      }
    }
  }
}

TEST_CASE("times that do not exist or are cut short are refused") {
  for (const char* text : {"2026-02-30",
                           "2026-02-29",
                           "1900-02-29",
                           "2026-04-31T00:00:00Z",
                           "2026-13-01",
                           "2026-00-10",
                           "2026-01-00",
                           "2016-12-31T23:59:60Z",
                           "2026-08-01T24:00:00Z",
                           "2026-08-01T12:60:00Z",
                           "2026-08-01T12:00:61Z",
                           "2026-08-01T12:00:99Z",
                           "",
                           "2026",
                           "2026-08",
                           "2026-08-",
                           "2026-8-1",
                           "26-08-01",
                           "2026/08/01",
                           "20260801",
                           "+2026-08-01",
                           "-026-08-01",
                           " 2026-08-01",
                           "2026-08-01 ",
                           "2026-08-01T",
                           "2026-08-01T12",
                           "2026-08-01T12:00",
                           "2026-08-01T12:00:0",
                           "2026-08-01T120000Z",
                           "2026-08-01T12:00:00.",
                           "2026-08-01T12:00:00.Z",
                           "2026-08-01T12:00:00,5Z",
                           "2026-08-01T12:00:00Zx",
                           "2026-08-01T12:00:00Z ",
                           "2026-08-01T12:00:00ZZ",
                           "2026-08-01T12:00:00+2",
                           "2026-08-01T12:00:00+02",
                           "2026-08-01T12:00:00+0200",
                           "2026-08-01T12:00:00+02:0",
                           "2026-08-01T12:00:00+24:00",
                           "2026-08-01T12:00:00+02:60",
                           "2026-08-01T12:00:00 +02:00",
                           "2026-08-01T12:00:00 UTC",
                           "2026-08-01Z",
                           "2026-08-01T-1:00:00Z",
                           "2026-08-01T12:00:00+-2:00",
                           "2026-08-01_12:00:00Z",
                           "\xff\xff\xff\xff-08-01",
                           "now",
                           "7d"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_timestamp(text));
  }
  CHECK_FALSE(parse_timestamp(std::string("2026-08-01T12:00:00Z\0", 21)));
}

TEST_CASE("a refusal points at what is wrong") {
  const auto error = [](const char* text) { return parse_timestamp(text).error(); };
  CHECK(error("2026-02-30T12:00:00Z").offset == 0);
  CHECK(error("2026-02-30T12:00:00Z").length == 10);
  CHECK(error("2026-02-30T12:00:00Z").message == "there is no date 2026-02-30");
  CHECK(error("2016-12-31T23:59:60Z").offset == 17);
  CHECK(error("2016-12-31T23:59:60Z").message == "leap seconds are not supported");
  CHECK(error("2026-08-01T12:00:00 UTC").offset == 19);
  CHECK(error("").length == 0);
}

TEST_CASE("the first and the last moment survive, and nothing beyond") {
  const std::string first = "1677-09-21T00:12:43.145224192Z";
  const std::string last = "2262-04-11T23:47:16.854775807Z";
  CHECK(parsed(first) == std::numeric_limits<std::int64_t>::min());
  CHECK(parsed(last) == std::numeric_limits<std::int64_t>::max());
  CHECK(to_rfc3339(Timestamp::min()) == first);
  CHECK(to_rfc3339(Timestamp::max()) == last);
  for (const char* text :
       {"1677-09-21T00:12:43.145224191Z", "1677-09-21", "1677-09-21T00:12:42Z",
        "2262-04-11T23:47:16.854775808Z", "2262-04-11T23:47:17Z", "2262-04-12", "0000-01-01",
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2262-04-11T23:47:16.854775807-00:01"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_timestamp(text));
  }
}

TEST_CASE("times are written with the fewest digits that lose nothing") {
  CHECK(to_rfc3339(from_nanoseconds(0)) == "1970-01-01T00:00:00Z");
  CHECK(to_rfc3339(from_nanoseconds(kNow)) == "2026-08-01T12:00:00.250Z");
  CHECK(to_rfc3339(from_nanoseconds(kNow + 1'000)) == "2026-08-01T12:00:00.250001Z");
  CHECK(to_rfc3339(from_nanoseconds(kNow + 1)) == "2026-08-01T12:00:00.250000001Z");
  CHECK(to_rfc3339(from_nanoseconds(-1)) == "1969-12-31T23:59:59.999999999Z");
  CHECK(to_rfc3339(from_nanoseconds(-kSecond)) == "1969-12-31T23:59:59Z");
}

TEST_CASE("what is written is read back") {
  std::uint64_t state = 42;  // a linear congruential generator: any spread of values will do
  for (int i = 0; i < 20'000; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const auto ns = static_cast<std::int64_t>(state);
    if (parsed(to_rfc3339(from_nanoseconds(ns))) != ns) FAIL_CHECK("lost " << ns);
  }
}

TEST_CASE("spans are counted back from now") {
  const std::int64_t hour = 3600 * kSecond;
  for (const auto& [text, back] : std::vector<std::pair<std::string, std::int64_t>>{
           {"now", 0},
           {"0s", 0},
           {"90s", 90 * kSecond},
           {"90m", 90 * 60 * kSecond},
           {"36h", 36 * hour},
           {"7d", 7 * kDay},
           {"2w", 14 * kDay},
           {"1y", 365 * kDay},
           {"-7d", 7 * kDay},
           {"007d", 7 * kDay},
       }) {
    CAPTURE(text);
    CHECK(parsed_at_now(text) == kNow - back);
  }
}

TEST_CASE("days begin at midnight UTC") {
  CHECK(parsed_at_now("today") == 1785542400000000000);
  CHECK(parsed_at_now("yesterday") == 1785542400000000000 - kDay);
  CHECK(parsed_at_now("2026-08-01T12:00:00.250Z") == kNow);
  // Before 1970 too, and at the last nanosecond of a day.
  CHECK(nanoseconds(*parse_time("today", from_nanoseconds(-1))) == -kDay);
  CHECK(nanoseconds(*parse_time("yesterday", from_nanoseconds(-1))) == -2 * kDay);
  CHECK(nanoseconds(*parse_time("today", from_nanoseconds(0))) == 0);
  CHECK_FALSE(parse_time("today", Timestamp::min()));
  CHECK_FALSE(parse_time("yesterday", Timestamp::min()));
}

TEST_CASE("spans without a fixed length or that reach too far are refused") {
  const Timestamp now = from_nanoseconds(kNow);
  for (const char* text : {"",
                           "-",
                           "7",
                           "-7",
                           "d",
                           "-d",
                           "3mo",
                           "-3mo",
                           "7D",
                           "7 d",
                           "7d ",
                           " 7d",
                           "1.5h",
                           "1h30m",
                           "--7d",
                           "+7d",
                           "7days",
                           "Now",
                           "tomorrow",
                           "400y",
                           "99999999999999999999s",
                           "9223372036854775807y",
                           "292471208677y",
                           "-2026-08-01"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(text, now));
  }
  CHECK(parse_time("3mo", now).error().message == "months have no fixed length");
  CHECK(parse_time("-3mo", now).error().offset == 2);
  CHECK_FALSE(parse_time("1s", Timestamp::min()));
  CHECK(parse_time("0s", Timestamp::min()) == Timestamp::min());
}

TEST_CASE("a duration is a span alone") {
  CHECK(parse_duration("90m") == std::chrono::minutes(90));
  CHECK(parse_duration("7y") == std::chrono::hours(24 * 365 * 7));
  CHECK(parse_duration("292y") == std::chrono::hours(24 * 365 * 292));
  CHECK(parse_duration("9223372036s") == std::chrono::seconds(9223372036));
  for (const char* text : {"", "-7d", "now", "2026-08-01", "3mo", "7", "9223372037s", "293y"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text));
  }
}

}  // namespace

TEST_CASE("a moment after the last one there is") {
  using std::chrono::nanoseconds;
  const Timestamp now = from_nanoseconds(1'000'000'000'000'000'000);
  CHECK(moment_after(now, nanoseconds(7)) == from_nanoseconds(1'000'000'000'000'000'007));
  CHECK(moment_after(now, nanoseconds(-7)) == from_nanoseconds(999'999'999'999'999'993));
  CHECK(moment_after(now, nanoseconds::max()) == Timestamp::max());
  CHECK(moment_after(from_nanoseconds(-1), nanoseconds::min()) == Timestamp::min());
}

}  // namespace audit
