#include "proof/cover.hpp"

#include <audit/digest.hpp>
#include <audit/proof.hpp>

#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "proof/merkle.hpp"
#include "slow_tree.hpp"

namespace audit::proof {
namespace {

std::vector<Digest> some_leaves(std::size_t count) {
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(leaf_hash(std::to_string(i)));
  return leaves;
}

// The largest perfect subtrees without a shown leaf, found by looking at every subtree there is.
std::vector<Subtree> slow_cover(const std::vector<bool>& shown) {
  const auto is_bare = [&](unsigned level, std::uint64_t index) {
    const std::uint64_t end = (index + 1) << level;
    if (end > shown.size()) return false;
    for (std::uint64_t i = index << level; i < end; ++i) {
      if (shown[i]) return false;
    }
    return true;
  };
  std::vector<Subtree> cover;
  for (std::uint64_t first = 0; first < shown.size(); ++first) {
    for (unsigned level = 0; level < 8; ++level) {
      if (first % (std::uint64_t{1} << level) != 0) break;
      const std::uint64_t index = first >> level;
      if (is_bare(level, index) && !is_bare(level + 1, index / 2)) cover.push_back({level, index});
    }
  }
  return cover;
}

// The leaves that are shown, and the cover, folded as a reader does it.
Digest fold(const std::vector<Digest>& leaves, const std::vector<bool>& shown,
            std::vector<Subtree>& cover) {
  CompactRange tree;
  const auto fill_to = [&](std::uint64_t end) {
    each_subtree_within(tree.size(), end, [&](const Subtree& gap) {
      cover.push_back(gap);
      const auto first = static_cast<std::size_t>(gap.first());
      tree.append_subtree(gap.level, test::slow_root(test::Leaves(leaves).subspan(
                                         first, std::size_t{1} << gap.level)));
    });
  };
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (!shown[i]) continue;
    fill_to(i);
    tree.append(leaves[i]);
  }
  fill_to(leaves.size());
  return tree.root();
}

TEST_CASE("a cover is the largest subtrees without a shown leaf, and leads to the root") {
  std::mt19937 random(4711);
  for (std::size_t size = 1; size <= 70; ++size) {
    const std::vector<Digest> leaves = some_leaves(size);
    const Digest root = test::slow_root(leaves);
    for (int round = 0; round < 12; ++round) {
      std::vector<bool> shown(size);
      // From no leaf over a few to all of them.
      for (std::size_t i = 0; i < size; ++i)
        shown[i] = random() % 11 < static_cast<unsigned>(round);
      CAPTURE(size);
      CAPTURE(round);
      std::vector<Subtree> cover;
      CHECK(fold(leaves, shown, cover) == root);
      CHECK(cover == slow_cover(shown));
    }
  }
}

TEST_CASE("a cover of a huge tree is small") {
  constexpr std::uint64_t kSize = (std::uint64_t{1} << 63) - 1;
  constexpr std::uint64_t kShown = 0x1234'5678'9abc'def0;
  std::uint64_t at = 0;
  std::size_t count = 0;
  const auto take = [&](const Subtree& gap) {
    CHECK(gap.first() == at);
    at += std::uint64_t{1} << gap.level;
    ++count;
  };
  each_subtree_within(0, kShown, take);
  ++at;
  each_subtree_within(at, kSize, take);
  CHECK(at == kSize);
  CHECK(count <= 2 * 63);
  each_subtree_within(5, 5, [](const Subtree&) { FAIL("there is nothing between"); });
}

}  // namespace
}  // namespace audit::proof
