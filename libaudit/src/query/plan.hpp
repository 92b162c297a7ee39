// query/plan.hpp - what the index knows of the answer, segment by segment.
//
// The index answers some tests exactly (words, values of common fields), some by candidates (ids,
// phrases with ids in them) and some not at all (numbers, payload paths). So every part of a
// question becomes two sets: entries it surely holds for and entries it may hold for. They combine
// under AND, OR and NOT, and only entries in the second and not in the first need to be looked at.
#pragma once

#include <cstddef>

#include "ledger/index.hpp"
#include "match/query.hpp"
#include "query/entry_set.hpp"

namespace audit::query {

// sure is a part of maybe.
struct Known {
  EntrySet sure;
  EntrySet maybe;

  [[nodiscard]] bool exact() const noexcept { return sure == maybe; }
};

// What the index says of `question` in one segment. A null pointer is the question for everything.
//   throws    damaged: the segment's index cannot be used
[[nodiscard]] Known look_up(const match::Node* question, ledger::IndexView& index,
                            std::size_t segment);

}  // namespace audit::query
