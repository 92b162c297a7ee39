// document/html_chart.hpp - charts as pictures in SVG, with their numbers as text beside them.
#pragma once

#include <string>

#include "document/document.hpp"

namespace audit::document {

[[nodiscard]] std::string html_chart(const TimeChart& chart);
[[nodiscard]] std::string html_chart(const BarChart& chart);

// The class of a tone: "good"; "" of plain.
[[nodiscard]] const char* tone_class(Tone tone);

}  // namespace audit::document
