// proof/cover.hpp - the fewest hashes that, with some leaves of a tree, give its root.
//
// Between two leaves that are shown lie leaves that are not. They make up perfect subtrees, each as
// large as it can be; the roots of these, from left to right among the leaves, are all that a reader
// needs to compute the root. There is one such cover for each set of leaves.
//
//   CompactRange tree;
//   for (leaf : shown) {
//     each_subtree_within(tree.size(), leaf.seq, [&](Subtree gap) { tree.append_subtree(gap.level, ...); });
//     tree.append(leaf.hash);
//   }
//   each_subtree_within(tree.size(), size, ...);
//   tree.root();
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace audit::proof {

// Leaves [index << level, (index + 1) << level).
struct Subtree {
  unsigned level = 0;
  std::uint64_t index = 0;

  [[nodiscard]] std::uint64_t first() const noexcept { return index << level; }

  friend bool operator==(const Subtree&, const Subtree&) = default;
};

// Calls each(Subtree) for the largest perfect subtrees that make up the leaves [first, last), from left
// to right: at most 2 * 63.
//   requires  first <= last < 2^63
template <class Each>
void each_subtree_within(std::uint64_t first, std::uint64_t last, Each&& each) {
  while (first < last) {
    const auto fits = static_cast<unsigned>(std::bit_width(last - first)) - 1;
    const unsigned level =
        first == 0 ? fits : std::min(fits, static_cast<unsigned>(std::countr_zero(first)));
    each(Subtree{level, first >> level});
    first += std::uint64_t{1} << level;
  }
}

}  // namespace audit::proof
