// audit/proof.hpp - RFC 6962 / RFC 9162 Merkle tree proofs: checking needs nothing but this.
//
// Threads   pure functions
#pragma once

#include <audit/digest.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace audit {

// SHA-256(0x00, entry).
[[nodiscard]] Digest leaf_hash(std::string_view entry);

// SHA-256(0x01, left, right).
[[nodiscard]] Digest node_hash(const Digest& left, const Digest& right);

// The root of no leaves: SHA-256 of nothing.
[[nodiscard]] Digest empty_root();

// True when `path` (nearest sibling first) shows that `leaf` is number `index` of the `size` leaves
// under `root`. Never true for index >= size, nor for a path too short or too long.
[[nodiscard]] bool check_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                                   std::span<const Digest> path, const Digest& root);

// True when `path` shows that the tree (old_size, old_root) is a prefix of (new_size, new_root).
// old_size 0 proves nothing and is accepted only with an empty path.
[[nodiscard]] bool check_consistency(std::uint64_t old_size, const Digest& old_root,
                                     std::uint64_t new_size, const Digest& new_root,
                                     std::span<const Digest> path);

}  // namespace audit
