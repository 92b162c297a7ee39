// ledger/stored_tree.hpp - hashes of the tree as the ledger has them: what proofs are made of.
//
// Nothing it gives is checked: a path or a root that was made of it shows something only where it
// leads to a root that was signed.
//
// Memory   at most 1 MiB: the tiles that were used last
// Errors   throws damaged where a hash is missing
// Threads  one
#pragma once

#include <audit/digest.hpp>
#include <audit/ledger.hpp>

#include <cstdint>
#include <memory>
#include <vector>

#include "ledger/evidence.hpp"
#include "proof/merkle.hpp"

namespace audit::ledger {

class StoredTree {
 public:
  // The tree over all entries of a view, or of a snapshot.
  explicit StoredTree(const LedgerView& view);
  explicit StoredTree(std::shared_ptr<const EvidenceSnapshot> snapshot);

  // The root of the perfect subtree over leaves [index << level, (index + 1) << level).
  //   requires  it lies within the tree
  //   cost      at most 256 rows of one tile, unless that was used lately
  [[nodiscard]] Digest subtree(unsigned level, std::uint64_t index);

  // The root of the first `size` entries.
  //   requires  size <= entries of the view
  [[nodiscard]] Digest root(std::uint64_t size);

  // What to go on from behind the first `size` entries.
  //   requires  size <= entries of the view
  [[nodiscard]] proof::CompactRange range(std::uint64_t size);

  // The path of an entry in the tree over all entries.
  [[nodiscard]] std::vector<Digest> inclusion(std::uint64_t seq);

  // The path from the first `old_size` entries to the first `size`.
  //   throws    invalid_argument unless old_size <= size <= entries of the view
  [[nodiscard]] std::vector<Digest> consistency(std::uint64_t old_size, std::uint64_t size);

 private:
  // The roots of all perfect subtrees within one tile, by level.
  struct Tile {
    unsigned level = 0;  // 0: over leaves
    std::uint64_t number = 0;
    std::uint64_t used = 0;  // when
    std::vector<std::vector<Digest>> roots;
  };

  [[nodiscard]] const Tile& tile(unsigned level, std::uint64_t number);
  void read(Tile& tile);

  std::shared_ptr<const EvidenceSnapshot> snapshot_;
  Statement leaves_;
  Statement subtrees_;
  std::vector<Tile> tiles_;
  std::uint64_t clock_ = 0;
};

}  // namespace audit::ledger
