// ledger/entry_check.hpp - one entry by its number: rehashed, and found in the tree of a checkpoint.
//
// Errors   what is wrong with an entry is a value; io is thrown, and damaged where the dictionary
//          cannot be read
// Threads  one, with its view
#pragma once

#include <audit/checkpoint.hpp>
#include <audit/digest.hpp>
#include <audit/ledger.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "event/commitment.hpp"
#include "event/leaf.hpp"
#include "ledger/scan.hpp"
#include "ledger/stored_tree.hpp"

namespace audit::ledger {

class EntryCheck {
 public:
  //   head   states the root that everything must lead to, for all entries of the view
  EntryCheck(const LedgerView& view, Checkpoint head);
  EntryCheck(const std::shared_ptr<const EvidenceSnapshot>& snapshot, Checkpoint head);

  [[nodiscard]] const Checkpoint& head() const noexcept { return head_; }

  [[nodiscard]] EvidenceScan& scan() noexcept { return scan_; }

  [[nodiscard]] const EvidenceScan& scan() const noexcept { return scan_; }

  // Its path to the root, or what is wrong with it.
  [[nodiscard]] tl::expected<std::vector<Digest>, std::string> check(std::uint64_t seq);

  // What is stored of the entry that was checked last.
  [[nodiscard]] const EntryRow& row() const noexcept { return row_; }

  // What the entry that was checked last is in the tree.
  [[nodiscard]] const event::Leaf& leaf() const noexcept { return leaf_; }

  // The root of the first `size` entries, if that tree is a prefix of the whole one; nothing if the
  // hashes that are stored do not show it.
  //   throws  damaged where one is missing
  [[nodiscard]] std::optional<Digest> root_at(std::uint64_t size);

  // The stored tree, whose hashes nobody has checked.
  [[nodiscard]] StoredTree& stored_tree() noexcept { return tree_; }

  // The path from the first `old_size` entries to the first `size`; as good as the roots it leads to.
  //   throws  damaged where a hash is missing; invalid_argument unless old_size <= size <= all
  [[nodiscard]] std::vector<Digest> consistency(std::uint64_t old_size, std::uint64_t size) {
    return tree_.consistency(old_size, size);
  }

 private:
  [[nodiscard]] std::string read(std::uint64_t seq);
  [[nodiscard]] std::string rehash(std::uint64_t seq);

  Checkpoint head_;
  EvidenceScan scan_;
  WordTable words_;
  EntryDecoder decoder_;
  EntryRow row_;
  event::Leaf leaf_;
  StoredTree tree_;
  event::Committer committer_;
};

}  // namespace audit::ledger
