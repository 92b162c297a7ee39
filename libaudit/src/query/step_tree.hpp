// query/step_tree.hpp - puts steps below those that caused them.
#pragma once

#include <audit/trace.hpp>

#include <vector>

#include "query/joined.hpp"
#include "query/run_entry.hpp"

namespace audit::query {

// The steps of a run in the order they are shown: parents before what is below them, siblings by
// time. A parent that nobody wrote down becomes a step without entries, so that what it caused stays
// together; of steps that lead round in a circle the earliest stands alone.
//   groups   of `entries`, as join() gives them
[[nodiscard]] std::vector<Step> make_tree(const RunEntries& entries,
                                          const std::vector<Group>& groups);

}  // namespace audit::query
