#include "document/chart_scale.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace audit::document {

std::string grouped(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::string percentage(std::uint64_t part, std::uint64_t whole) {
  if (part == 0 || whole == 0) return "0 %";
  if (part == whole) return "100 %";
  const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (share < 0.1) return "< 0.1 %";
  return share > 99.9 ? "> 99.9 %" : fmt::format("{:.1f} %", share);
}

Scale scale_for(std::uint64_t largest) {
  constexpr std::uint64_t kMostLines = 5;
  constexpr std::uint64_t kLargest = 1'000'000'000'000'000'000;
  largest = std::clamp<std::uint64_t>(largest, 1, kLargest);
  std::uint64_t power = 1;
  while (true) {
    for (const std::uint64_t times : {1U, 2U, 5U}) {
      const std::uint64_t step = power * times;
      const std::uint64_t lines = (largest + step - 1) / step;
      if (lines <= kMostLines) return {step * lines, step};
    }
    power *= 10;
  }
}

std::uint64_t total(const TimeChart::Bar& bar) {
  std::uint64_t sum = 0;
  for (const std::uint64_t value : bar.values) sum += value;
  return sum;
}

std::uint64_t largest(const TimeChart& chart) {
  std::uint64_t most = 0;
  for (const TimeChart::Bar& bar : chart.bars) most = std::max(most, total(bar));
  return most;
}

std::uint64_t series_total(const TimeChart& chart, std::size_t series) {
  std::uint64_t sum = 0;
  for (const TimeChart::Bar& bar : chart.bars) sum += bar.values[series];
  return sum;
}

std::uint64_t total(const BarChart& chart) {
  std::uint64_t sum = 0;
  for (const BarChart::Bar& bar : chart.bars) sum += bar.value;
  return sum;
}

std::uint64_t largest(const BarChart& chart) {
  std::uint64_t most = 0;
  for (const BarChart::Bar& bar : chart.bars) most = std::max(most, bar.value);
  return most;
}

std::string in_words(const TimeChart& chart) {
  if (chart.bars.empty()) return chart.title + ": nothing";
  const auto most = std::max_element(
      chart.bars.begin(), chart.bars.end(),
      [](const TimeChart::Bar& a, const TimeChart::Bar& b) { return total(a) < total(b); });
  std::string words =
      fmt::format("{}, {} to {}:", chart.title, chart.bars.front().label, chart.bars.back().label);
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    words += fmt::format("{} {} {}", i == 0 ? "" : ",", grouped(series_total(chart, i)),
                         chart.series[i]);
  }
  return words + fmt::format("; most in {}, {}", most->label, grouped(total(*most)));
}

}  // namespace audit::document
