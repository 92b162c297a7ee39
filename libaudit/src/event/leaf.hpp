// event/leaf.hpp - the 118 bytes that an entry is in the tree: what a proof carries. They hold no
// content, only what stands for it.
//
// Format   audit-ledger(5), "Entry"
#pragma once

#include <audit/digest.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace audit::event {

inline constexpr std::size_t kLeafBytes = 118;

struct Leaf {
  std::uint64_t seq = 0;
  std::int64_t received = 0;  // nanoseconds since 1970
  Digest previous;            // the hash of the entry before; zero for entry 0
  Digest envelope;            // E
  Digest payload;             // P

  friend bool operator==(const Leaf&, const Leaf&) = default;
};

// D: leaf_hash() of it is the entry hash.
[[nodiscard]] std::string encode_leaf(const Leaf& leaf);

// Nothing for anything encode_leaf would not have written.
[[nodiscard]] std::optional<Leaf> decode_leaf(std::string_view bytes) noexcept;

}  // namespace audit::event
