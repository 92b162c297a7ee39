// query/membership.hpp - which entries make up a run, and which are linked with an incident.
//
// A run is a session with all its traces, or a trace. An entry of another run is never taken for a
// part of it, whatever ids they share: many systems count their calls from 1. What carries no session
// and no trace (a policy engine's decision, a ticket's approval) belongs to the run whose call or
// event it names.
#pragma once

#include <optional>
#include <string_view>

#include "query/run_entry.hpp"
#include "query/run_reader.hpp"

namespace audit::query {

struct Members {
  RunEntries entries;          // in order of time, then place
  std::optional<Place> asked;  // the entry that has the id, where it is the id of one
  bool is_related = false;     // reached through links, over the bounds of runs
};

// The entries about `id`; none: no entry has it.
[[nodiscard]] Members find_members(RunReader& reader, std::string_view id);

// Adds to entries of one run, or of several, what is about them and belongs to no run by itself.
void add_what_is_about(RunReader& reader, RunEntries& entries);

// In order of time, then place.
void sort_by_time(RunEntries& entries);

}  // namespace audit::query
