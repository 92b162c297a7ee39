// ledger/rehash.hpp - the commitments E and P of one entry, from what its row holds.
//
// Format   audit-ledger(5), "What is hashed", "ERASED CONTENT"
#pragma once

#include <audit/digest.hpp>
#include <audit/ledger.hpp>

#include <cstdint>
#include <optional>

#include "event/commitment.hpp"
#include "event/leaf.hpp"
#include "ledger/entry_row.hpp"

namespace audit::ledger {

struct Commitments {
  Digest envelope;  // E
  Digest payload;   // P
};

// True if nothing was erased from it, and all that E and P are made of is there.
[[nodiscard]] bool is_whole(const EntryRow& row) noexcept;

// Of an entry that is whole.
[[nodiscard]] Commitments whole_commitments(const EntryRow& row, event::Committer& committer);

// From what an erasure has left; nothing if they do not follow from it.
[[nodiscard]] std::optional<Commitments> erased_commitments(const EntryRow& row,
                                                            event::Committer& committer);

// What entry `seq` behind one with the hash `before` is in the tree, from what is stored of it; nothing
// if what an erasure has kept does not agree with what is left.
[[nodiscard]] std::optional<event::Leaf> leaf_from_row(const EntryRow& row, std::uint64_t seq,
                                                       const Digest& before,
                                                       event::Committer& committer);

// The hash of entry `seq` behind one with the hash `before`, from what is stored of it; nothing if what
// an erasure has kept does not agree with what is left.
[[nodiscard]] std::optional<Digest> hash_from_row(const EntryRow& row, std::uint64_t seq,
                                                  const Digest& before,
                                                  event::Committer& committer);

// True if entries [first, last) are there, and each has the hash that follows from what is stored of
// it and from the entry before: who changed one had to change all that come after.
[[nodiscard]] bool have_their_hashes(const LedgerView& view, std::uint64_t first,
                                     std::uint64_t last);

}  // namespace audit::ledger
