// query/trace.hpp - makes a trace of the entries of a run, however they were found.
#pragma once

#include <audit/trace.hpp>

#include <string_view>

#include "query/run_entry.hpp"

namespace audit::query {

//   entries   in order of time; at least one
[[nodiscard]] Trace make_trace(std::string_view id, const RunEntries& entries);

}  // namespace audit::query
