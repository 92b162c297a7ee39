// document/chart_scale.hpp - what all writers of charts reckon alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "document/document.hpp"

namespace audit::document {

// A count for people: 1,204,000.
[[nodiscard]] std::string grouped(std::uint64_t count);

// A share for people: "12.3 %", "< 0.1 %"; of nothing "0 %".
[[nodiscard]] std::string percentage(std::uint64_t part, std::uint64_t whole);

// The height of an axis and the distance of its lines: 1, 2 or 5 times a power of ten, at most five
// of them, at least up to `largest`.
struct Scale {
  std::uint64_t top = 1;
  std::uint64_t step = 1;
};

[[nodiscard]] Scale scale_for(std::uint64_t largest);

// All series of a bar, and the highest of the bars; of one series over all bars.
[[nodiscard]] std::uint64_t total(const TimeChart::Bar& bar);
[[nodiscard]] std::uint64_t largest(const TimeChart& chart);
[[nodiscard]] std::uint64_t series_total(const TimeChart& chart, std::size_t series);

[[nodiscard]] std::uint64_t total(const BarChart& chart);
[[nodiscard]] std::uint64_t largest(const BarChart& chart);

// A time chart in a sentence, for those who cannot see it: "Events over time: 120 bars ...".
[[nodiscard]] std::string in_words(const TimeChart& chart);

}  // namespace audit::document
