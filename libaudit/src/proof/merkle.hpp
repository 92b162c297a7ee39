// proof/merkle.hpp - growing an RFC 6962 tree without keeping it: leaf_hash and node_hash are in
// <audit/proof.hpp>.
#pragma once

#include <audit/digest.hpp>
#include <audit/proof.hpp>

#include <bit>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace audit::proof {

// The largest tree whose sizes fit everywhere (checkpoints, SQLite): sizes are below 2^63.
inline constexpr std::uint64_t kMaxTreeSize = (std::uint64_t{1} << 63) - 1;

// The roots of the perfect subtrees that make up a tree of size() leaves, largest first: one for
// each one bit of the size. Enough to go on appending and to know the root.
//
//   CompactRange range;
//   for (const Digest& leaf : leaves) range.append(leaf);
//   Digest root = range.root();
class CompactRange {
 public:
  // The empty tree.
  CompactRange() = default;

  // Goes on from what roots() gave at `size`.
  //   throws    invalid_argument unless there is one root for each one bit of `size`
  CompactRange(std::uint64_t size, std::span<const Digest> roots);

  // Adds one leaf (already a leaf hash): amortised one node hash.
  void append(const Digest& leaf) {
    append_subtree(0, leaf, [](unsigned, std::uint64_t, const Digest&) {});
  }

  // The same, and calls completed(level, index, root) for every perfect subtree that is complete
  // now, the leaf itself (level 0) first.
  template <class Completed>
  void append(const Digest& leaf, Completed&& completed) {
    append_subtree(0, leaf, std::forward<Completed>(completed));
  }

  // Adds a perfect subtree of 2^level leaves.
  //   requires  level < 63 and size() is a multiple of 2^level
  void append_subtree(unsigned level, const Digest& root) {
    append_subtree(level, root, [](unsigned, std::uint64_t, const Digest&) {});
  }

  template <class Completed>
  void append_subtree(unsigned level, const Digest& root, Completed&& completed);

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  [[nodiscard]] std::span<const Digest> roots() const noexcept { return roots_; }

  // The root of the whole tree: at most 62 node hashes.
  [[nodiscard]] Digest root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> roots_;
};

// The root of the tree over these leaf hashes, in order; empty_root() for none.
[[nodiscard]] Digest root_of(std::span<const Digest> leaves);

template <class Completed>
void CompactRange::append_subtree(unsigned level, const Digest& root, Completed&& completed) {
  Digest top = root;
  std::uint64_t index = size_ >> level;
  completed(level, index, std::as_const(top));
  const auto merges = static_cast<unsigned>(std::countr_one(index));
  for (unsigned i = 0; i < merges; ++i) {
    top = node_hash(roots_.back(), top);
    roots_.pop_back();
    index >>= 1;
    completed(level + i + 1, index, std::as_const(top));
  }
  roots_.push_back(top);
  size_ += std::uint64_t{1} << level;
}

}  // namespace audit::proof
