// commands/explain.hpp - search --explain: how a question was understood and answered.
#pragma once

#include <audit/query.hpp>

#include <chrono>

#include "context.hpp"

namespace audit::cli {

// On standard error: the question part by part, what the index knew, what was read, how long it took.
void print_explanation(Context& context, const Query& question, const SearchStatistics& statistics,
                       std::chrono::nanoseconds took, bool as_json);

}  // namespace audit::cli
