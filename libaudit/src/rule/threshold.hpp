// rule/threshold.hpp - the small languages inside a rule: thresholds, spans, lists of fields.
//
//   threshold = ( count | sum(FIELD) ) ( >= | > ) NUMBER in SPAN [ by FIELD { , FIELD } ]
#pragma once

#include <audit/error.hpp>

#include <chrono>
#include <string_view>

#include "rule/set.hpp"

namespace audit::rule {

[[nodiscard]] Parsed<Threshold> parse_threshold(std::string_view text);

// A span between one second and 366 days.
[[nodiscard]] Parsed<std::chrono::nanoseconds> parse_span(std::string_view text);

// "session, tool"
[[nodiscard]] Parsed<Fields> parse_fields(std::string_view text);

}  // namespace audit::rule
