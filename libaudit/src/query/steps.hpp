// query/steps.hpp - what a group of entries says as one step: its states, its end, what is missing.
#pragma once

#include <audit/trace.hpp>

#include "query/joined.hpp"
#include "query/run_entry.hpp"

namespace audit::query {

// The entry of a group that says most about it.
[[nodiscard]] const RunEntry& main_entry(const RunEntries& entries, const Group& group);

// All of a step but its place in the tree.
[[nodiscard]] Step make_step(const RunEntries& entries, const Group& group);

}  // namespace audit::query
