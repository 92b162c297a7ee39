// commands/run_facts.hpp - what is said of a run as JSON, alone or before its steps.
#pragma once

#include <audit/trace.hpp>

#include <chrono>
#include <string>

#include "ui/json.hpp"

namespace audit::cli {

// Of the sum of what was spent: billionths of a unit.
inline constexpr std::int64_t kCostUnit = 1'000'000'000;

[[nodiscard]] std::string microseconds(std::chrono::nanoseconds span);

// Agents, times and counts, but for steps and gaps.
void add_run_facts(JsonObject& object, const Trace& run);

}  // namespace audit::cli
