// query/membership.hpp - which entries an id leads to: those of its run, or all that is linked with an
// incident.
#pragma once

#include <audit/trace.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "query/run_entry.hpp"

namespace audit::query {

struct Members {
  RunEntries entries;          // in order of time, then place
  std::optional<Place> asked;  // the entry that has the id, where it is the id of one
  bool is_related = false;     // reached through links, over the bounds of runs
  bool is_cut = false;         // there are more
};

// At most `most` entries; none: nothing has the id.
[[nodiscard]] Members find_members(std::span<const LedgerView> ledgers, std::string_view id,
                                   std::size_t most);

}  // namespace audit::query
