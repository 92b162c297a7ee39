// query/joined.hpp - which entries of a run are about one and the same step.
//
// A call, the decisions about it and its result join by tool_call_id, else by their span, else because
// the one names the other as its parent, else because a result of the same tool follows. An entry that
// came twice joins with itself, and a call of a model that two formats tell of by its request_id.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "query/run_entry.hpp"

namespace audit::query {

// Numbers of entries, ascending; so in order of time.
using Group = std::vector<std::uint32_t>;

//   entries   in order of time; all of their runs
//   returns   each entry in one group; the groups in order of their first entries
[[nodiscard]] std::vector<Group> join(const RunEntries& entries);

// The same of a part of a run, which says nothing of what came first: by ids only.
[[nodiscard]] std::vector<Group> join_by_ids(const RunEntries& entries);

// What the ids of an entry are ids within: its trace, its session; both, one or none.
[[nodiscard]] std::vector<std::string> scopes_of(const RunEntry& entry);

// A key for maps that no other parts have.
[[nodiscard]] std::string key_of(std::initializer_list<std::string_view> parts);

}  // namespace audit::query
