#include "proof/path.hpp"

#include <audit/error.hpp>
#include <audit/proof.hpp>

#include <algorithm>
#include <bit>
#include <string>

#include "proof/merkle.hpp"

namespace audit {
namespace {

// Longest path of either kind in a tree below 2^63 leaves.
constexpr std::size_t kMaxPath = 64;

// One step of RFC 9162's walk from a leaf to the root: true when the next path element is the left
// sibling. `place` and `last` (fn and sn there) then stand one level higher.
bool climb(std::uint64_t& place, std::uint64_t& last) {
  const bool left = (place & 1) == 1 || place == last;
  if (left) {
    // The right edge: levels at which this node has no sibling are passed over.
    while ((place & 1) == 0 && place != 0) {
      place >>= 1;
      last >>= 1;
    }
  }
  place >>= 1;
  last >>= 1;
  return left;
}

}  // namespace

bool check_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                     std::span<const Digest> path, const Digest& root) {
  if (index >= size || path.size() > kMaxPath) return false;
  std::uint64_t place = index;
  std::uint64_t last = size - 1;
  Digest hash = leaf;
  for (const Digest& sibling : path) {
    if (last == 0) return false;  // already at the root
    hash = climb(place, last) ? node_hash(sibling, hash) : node_hash(hash, sibling);
  }
  return last == 0 && hash == root;
}

bool check_consistency(std::uint64_t old_size, const Digest& old_root, std::uint64_t new_size,
                       const Digest& new_root, std::span<const Digest> path) {
  if (old_size > new_size || path.size() > kMaxPath) return false;
  if (old_size == 0) return path.empty();
  if (old_size == new_size) return path.empty() && old_root == new_root;
  if (path.empty()) return false;
  // The walk starts at the largest perfect subtree that ends where the old tree does. When that is
  // the whole old tree, its root is known and left out of the path.
  const bool whole = std::has_single_bit(old_size);
  const Digest& first = whole ? old_root : path.front();
  if (!whole) path = path.subspan(1);
  std::uint64_t place = old_size - 1;
  std::uint64_t last = new_size - 1;
  const int level = std::countr_one(place);
  place >>= level;
  last >>= level;
  Digest old_hash = first;
  Digest new_hash = first;
  for (const Digest& sibling : path) {
    if (last == 0) return false;
    if (climb(place, last)) {
      old_hash = node_hash(sibling, old_hash);
      new_hash = node_hash(sibling, new_hash);
    } else {
      new_hash = node_hash(new_hash, sibling);
    }
  }
  return last == 0 && old_hash == old_root && new_hash == new_root;
}

namespace proof {
namespace {

// The largest power of two smaller than `size`, where a tree of that many leaves is split.
//   requires  size > 1
std::uint64_t split(std::uint64_t size) { return std::bit_floor(size - 1); }

// The root of leaves [first, first + size); `first` is a multiple of bit_ceil(size), as it is for
// every right part of a split.
Digest range_root(std::uint64_t first, std::uint64_t size, const SubtreeRoot& subtree) {
  if (std::has_single_bit(size)) {
    const auto level = static_cast<unsigned>(std::countr_zero(size));
    return subtree(level, first >> level);
  }
  const std::uint64_t left = split(size);
  const Digest left_root = range_root(first, left, subtree);
  return node_hash(left_root, range_root(first + left, size - left, subtree));
}

void check_sizes(bool fits, std::string_view what, std::uint64_t small, std::uint64_t size) {
  if (fits && size <= kMaxTreeSize) return;
  throw Error(ErrorCode::invalid_argument, "no proof of " + std::string(what) + ' ' +
                                               std::to_string(small) + " in a tree of size " +
                                               std::to_string(size));
}

}  // namespace

Digest make_root(std::uint64_t size, const SubtreeRoot& subtree) {
  return size == 0 ? empty_root() : range_root(0, size, subtree);
}

std::vector<Digest> make_inclusion(std::uint64_t index, std::uint64_t size,
                                   const SubtreeRoot& subtree) {
  check_sizes(index < size, "entry", index, size);
  std::vector<Digest> path;  // built from the root down
  std::uint64_t first = 0;
  while (size > 1) {
    const std::uint64_t left = split(size);
    if (index - first < left) {
      path.push_back(range_root(first + left, size - left, subtree));
      size = left;
    } else {
      path.push_back(range_root(first, left, subtree));
      first += left;
      size -= left;
    }
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::vector<Digest> make_consistency(std::uint64_t old_size, std::uint64_t new_size,
                                     const SubtreeRoot& subtree) {
  check_sizes(old_size <= new_size, "size", old_size, new_size);
  std::vector<Digest> path;  // built from the root down
  if (old_size == 0 || old_size == new_size) return path;
  // SUBPROOF of RFC 9162, section 2.1.4.1: the old tree's edge in leaves [first, first + size).
  std::uint64_t first = 0;
  std::uint64_t size = new_size;
  while (old_size - first < size) {
    const std::uint64_t left = split(size);
    if (old_size - first <= left) {
      path.push_back(range_root(first + left, size - left, subtree));
      size = left;
    } else {
      path.push_back(range_root(first, left, subtree));
      first += left;
      size -= left;
    }
  }
  if (first != 0) path.push_back(range_root(first, size, subtree));
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace proof
}  // namespace audit
