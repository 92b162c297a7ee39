// verify/tree.hpp - the Merkle tree over the stored entry hashes, piece by piece: threads compute
// the pieces, and one after the other they are put together.
//
// Memory   the hashes of one piece for each thread, and a few for each size that is asked for
// Format   audit-ledger(5), "TREE", "The table subtree"
#pragma once

#include <audit/digest.hpp>
#include <audit/ledger.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "crypto/sha256_batch.hpp"
#include "ledger/scan.hpp"
#include "ledger/schema.hpp"
#include "proof/merkle.hpp"
#include "verify/findings.hpp"

namespace audit::verify {

using ledger::kTileBits;
inline constexpr std::uint64_t kTileLeaves = std::uint64_t{1} << kTileBits;

// What a piece gives to the whole. Pieces are as long as a power of two and begin at its multiples.
struct PieceRoots {
  SequenceRange range;        // leaves [first, last)
  bool is_whole = false;      // all of them are known
  std::vector<Digest> roots;  // if it is: as CompactRange::roots()

  struct Size {
    std::uint64_t size;
    std::vector<Digest> roots;  // of the leaves of this piece up to that size
  };

  std::vector<Size> sizes;
};

// Computes one piece. Reusable.
class PieceTree {
 public:
  void clear(SequenceRange range);

  // Leaves may be set in any order; those never set are unknown.
  void set(std::uint64_t seq, const Digest& hash);

  // Compares with the stored subtrees of 256 leaves, and computes what the whole needs.
  //   sizes   ascending, each within (first, last]
  [[nodiscard]] PieceRoots finish(ledger::EvidenceScan& scan,
                                  const std::vector<std::uint64_t>& sizes, Findings& findings);

 private:
  void compute_tiles();
  [[nodiscard]] bool knows(std::size_t first, std::size_t last) const;
  void compare_tiles(ledger::EvidenceScan& scan, Findings& findings) const;

  SequenceRange range_;
  std::vector<Digest> leaves_;
  std::vector<bool> is_known_;
  std::vector<std::optional<Digest>> tiles_;  // roots of whole tiles
  crypto::Sha256Batch batch_;
};

// Puts the pieces together, in order.
class TreeSpine {
 public:
  TreeSpine() = default;

  // Goes on behind entries that are not taken.
  explicit TreeSpine(proof::CompactRange before) : spine_(std::move(before)) {}

  // Takes the next piece; compares the stored subtrees that it completes.
  void take(const PieceRoots& piece, ledger::EvidenceScan& scan, Findings& findings);

  // Leaves are missing: nothing behind them can be computed.
  void take_hole() noexcept { is_whole_ = false; }

  // The root at a size that was asked for; nothing if it cannot be computed.
  [[nodiscard]] std::optional<Digest> root_at(std::uint64_t size) const;

 private:
  void append(proof::CompactRange& range, std::uint64_t leaves, const std::vector<Digest>& roots,
              ledger::EvidenceScan* scan, Findings* findings) const;

  proof::CompactRange spine_;
  std::map<std::uint64_t, Digest> roots_;
  bool is_whole_ = true;
};

// Checks that the rows of the table subtree are those of a ledger of this size, and no others.
void check_subtree_rows(ledger::EvidenceScan& scan, std::uint64_t size, Findings& findings);

}  // namespace audit::verify
