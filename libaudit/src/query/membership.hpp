// query/membership.hpp - which entries an id leads to: those of its run, or all that is linked with an
// incident.
#pragma once

#include <audit/trace.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "query/run_batch.hpp"

namespace audit::query {

struct Members {
  Run whole;                   // all of it, in order of time, then place
  std::optional<Place> asked;  // the entry that has the id, where it is the id of one
  std::string run;             // the id of the run of that; empty: it belongs to none
  bool is_related = false;     // reached through links, over the bounds of runs
  std::optional<Place> also;   // another entry that has the id, and is of something else
};

// At most `most` entries; none: nothing has the id.
[[nodiscard]] Members find_members(std::span<const LedgerView> ledgers, std::string_view id,
                                   std::size_t most);

// The entries of the run that an entry belongs to, or of what is linked with it if it belongs to none.
[[nodiscard]] Members members_around(std::span<const LedgerView> ledgers, const Place& place,
                                     std::size_t most);

}  // namespace audit::query
