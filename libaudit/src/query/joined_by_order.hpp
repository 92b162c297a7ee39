// query/joined_by_order.hpp - joins what names no call with the call it must be about.
//
// Logs without ids of calls: what is said about a tool is about the call of it that is open, else about
// the next one. Only within one run, and never against an id that says otherwise.
#pragma once

#include "query/run_entry.hpp"
#include "query/sets.hpp"

namespace audit::query {

//   entries   in order of time
//   sets      as far as ids join them; grows
void join_by_order(const RunEntries& entries, Sets& sets);

}  // namespace audit::query
