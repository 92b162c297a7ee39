// query/trace.hpp - makes a trace of the entries of a run, however they were found.
#pragma once

#include <audit/trace.hpp>

#include <string_view>

#include "query/run_batch.hpp"

namespace audit::query {

//   run   has at least one entry
[[nodiscard]] Trace make_trace(std::string_view id, const Run& run);

}  // namespace audit::query
