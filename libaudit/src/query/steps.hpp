// query/steps.hpp - what a group of entries says as one step: its states, its end, what is missing.
#pragma once

#include <audit/trace.hpp>

#include <span>

#include "query/joined.hpp"
#include "query/run_entry.hpp"
#include "query/run_reader.hpp"

namespace audit::query {

// The entry of a group that says most about it.
[[nodiscard]] const RunEntry& main_entry(const RunEntries& entries, const Group& group);

// All of a step but its place in the tree.
[[nodiscard]] Step make_step(const RunEntries& entries, const Group& group);

// Adds the gaps that only all steps together show: one id for several calls, and ids that another run
// has, too (Run::doubtful).
void mark_shared_ids(std::span<Step> steps, const Ids& doubtful);

}  // namespace audit::query
