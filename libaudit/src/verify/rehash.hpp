// verify/rehash.hpp - the commitments E and P of one entry, from what its row holds.
//
// Format   audit-ledger(5), "What is hashed", "ERASED CONTENT"
#pragma once

#include <audit/digest.hpp>

#include <optional>

#include "event/commitment.hpp"
#include "ledger/entry_row.hpp"

namespace audit::verify {

struct Commitments {
  Digest envelope;  // E
  Digest payload;   // P
};

// True if nothing was erased from it, and all that E and P are made of is there.
[[nodiscard]] bool is_whole(const ledger::EntryRow& row) noexcept;

// Of an entry that is whole.
[[nodiscard]] Commitments whole_commitments(const ledger::EntryRow& row,
                                            event::Committer& committer);

// From what an erasure has left; nothing if they do not follow from it.
[[nodiscard]] std::optional<Commitments> erased_commitments(const ledger::EntryRow& row,
                                                            event::Committer& committer);

}  // namespace audit::verify
