// commands/histogram.hpp - how answers are spread over time, for people and for programs.
#pragma once

#include <audit/facet.hpp>

#include "context.hpp"

namespace audit::cli {

// On a terminal a line of bars for each day (or so), in a pipe a line and as JSON an object per bar.
void print_histogram(Context& context, const Histogram& histogram, bool as_json);

}  // namespace audit::cli
