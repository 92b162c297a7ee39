// slow_tree.hpp - RFC 9162's definitions word for word: the oracle for the fast tree code.
#pragma once

#include <audit/digest.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/sha256.hpp"

namespace audit::test {

using Leaves = std::span<const Digest>;  // leaf hashes

inline Digest slow_leaf(std::string_view entry) {
  return crypto::sha256(std::string(1, '\0') + std::string(entry));
}

inline Digest slow_node(const Digest& left, const Digest& right) {
  return crypto::sha256('\1' + std::string(base::bytes_of(left)) +
                        std::string(base::bytes_of(right)));
}

// The largest power of two smaller than n.
inline std::size_t slow_split(std::size_t n) {
  std::size_t k = 1;
  while (2 * k < n) k *= 2;
  return k;
}

// Section 2.1.1.
inline Digest slow_root(Leaves leaves) {
  if (leaves.empty()) return crypto::sha256("");
  if (leaves.size() == 1) return leaves[0];
  const std::size_t k = slow_split(leaves.size());
  return slow_node(slow_root(leaves.first(k)), slow_root(leaves.subspan(k)));
}

// PATH of section 2.1.3.1.
inline std::vector<Digest> slow_inclusion(std::size_t index, Leaves leaves) {
  if (leaves.size() == 1) return {};
  const std::size_t k = slow_split(leaves.size());
  const bool left = index < k;
  auto path =
      left ? slow_inclusion(index, leaves.first(k)) : slow_inclusion(index - k, leaves.subspan(k));
  path.push_back(slow_root(left ? leaves.subspan(k) : leaves.first(k)));
  return path;
}

// SUBPROOF of section 2.1.4.1.
inline std::vector<Digest> slow_consistency(std::size_t old_size, Leaves leaves,
                                            bool whole = true) {
  if (old_size == leaves.size()) {
    return whole ? std::vector<Digest>{} : std::vector<Digest>{slow_root(leaves)};
  }
  const std::size_t k = slow_split(leaves.size());
  const bool left = old_size <= k;
  auto path = left ? slow_consistency(old_size, leaves.first(k), whole)
                   : slow_consistency(old_size - k, leaves.subspan(k), false);
  path.push_back(slow_root(left ? leaves.subspan(k) : leaves.first(k)));
  return path;
}

}  // namespace audit::test
