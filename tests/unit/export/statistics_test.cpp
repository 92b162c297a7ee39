#include "export/statistics.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "export/csv.hpp"
#include "rows_support.hpp"

using namespace audit;
using namespace audit::test;
using exports::Statistics;
using exports::Tally;
using exports::TimeCounts;

namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

// The sum of all bars, and how many there are.
std::pair<std::uint64_t, std::size_t> sum_of(const TimeCounts& counts) {
  std::string unit;
  std::uint64_t sum = 0;
  const auto bars = counts.bars(unit);
  for (const auto& bar : bars) sum += bar.values[0] + bar.values[1];
  return {sum, bars.size()};
}

Timestamp at(std::int64_t second) { return from_nanoseconds(second * kSecondNs); }

}  // namespace

TEST_CASE("counts over time lose nothing and stay few, from a second to all there is") {
  constexpr std::int64_t kEnd = INT64_MAX / kSecondNs;
  for (const std::int64_t span :
       std::initializer_list<std::int64_t>{0, 1, 61, 62, 63, 600, 4'000, 90'000, 700'000, 5'000'000,
                                           90'000'000, 2'000'000'000, kEnd}) {
    TimeCounts counts;
    std::uint64_t added = 0;
    for (std::int64_t i = 0; i < 6000; ++i) {
      const std::int64_t second = span < 6000 ? i % (span + 1) : span / 6000 * i;
      counts.add(at(second), static_cast<std::size_t>(i % 2));
      counts.add(at(-second), 0);
      added += 2;
    }
    const auto [sum, bars] = sum_of(counts);
    CAPTURE(span);
    CHECK(sum == added);
    CHECK(bars >= 1);
    CHECK(bars <= 62);
  }
}

TEST_CASE("stretches begin where a person expects, and say so") {
  // 2026-08-01T12:00:00Z is a Saturday.
  constexpr std::int64_t kNoon = kNoonNs / kSecondNs;
  const auto labels = [&](std::int64_t span) {
    TimeCounts counts;
    counts.add(at(kNoon + 5), 0);
    counts.add(at(kNoon + span), 0);
    std::string unit;
    const auto bars = counts.bars(unit);
    return unit + ": " + bars.front().label + " .. " + bars.back().label;
  };
  CHECK(labels(20) == "per second: 2026-08-01 12:00:05 .. 2026-08-01 12:00:20");
  CHECK(labels(600) == "per 10 seconds: 2026-08-01 12:00:00 .. 2026-08-01 12:10:00");
  CHECK(labels(3'000) == "per minute: 2026-08-01 12:00 .. 2026-08-01 12:50");
  CHECK(labels(36'000) == "per 10 minutes: 2026-08-01 12:00 .. 2026-08-01 22:00");
  CHECK(labels(86'400) == "per hour: 2026-08-01 12:00 .. 2026-08-02 12:00");
  CHECK(labels(5 * 86'400) == "per 6 hours: 2026-08-01 12:00 .. 2026-08-06 12:00");
  CHECK(labels(30 * 86'400) == "per day: 2026-08-01 .. 2026-08-31");
  CHECK(labels(90 * 86'400) == "per week, from Monday: 2026-07-27 .. 2026-10-26");
  CHECK(labels(800 * 86'400) == "per month: 2026-08 .. 2028-10");
  CHECK(labels(std::int64_t{20'000} * 86'400) == "per year: 2026 .. 2081");
}

TEST_CASE("a tally names the largest and counts the rest") {
  Tally tally;
  for (int i = 0; i < 10; ++i) {
    for (int j = 0; j <= i; ++j) tally.add("value" + std::to_string(i));
  }
  const auto chart = tally.chart("t", 3);
  REQUIRE(chart.bars.size() == 4);
  CHECK(chart.bars[0].label == "value9");
  CHECK(chart.bars[0].value == 10);
  CHECK(chart.bars[3].label == "7 others");
  CHECK(chart.bars[3].value == 28);
  Tally many;
  for (int i = 0; i < 30'000; ++i) many.add(std::to_string(i));
  std::uint64_t sum = 0;
  for (const auto& bar : many.chart("t", 3).bars) sum += bar.value;
  CHECK(sum == 30'000);
}

TEST_CASE("the document hash is the SHA-256 of the numbers and hashes as CSV") {
  std::vector<Entry> entries;
  Statistics all;
  for (const std::uint64_t seq : {3U, 17U, 4711U}) {
    entries.push_back(bare_entry(seq));
    all.add(entries.back());
  }
  ExportOptions options;
  options.fields = {"seq", "hash"};
  CHECK(all.hash() == crypto::sha256(written(exports::make_csv, entries, options)));
  // printf 'seq,hash\r\n' | sha256sum
  CHECK(to_hex(Statistics().hash()) ==
        "05170d8831f1d0a398dfa7bb8d70e5d85a539c1fea5263a4e0d43c6ae7c62e4e");
}
