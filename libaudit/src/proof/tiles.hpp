// proof/tiles.hpp - a tree as files that never change: which there are, and their names.
//
// Format   c2sp.org/tlog-tiles
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace audit::proof {

// Hashes in a full tile, entries in a full bundle; and its logarithm.
inline constexpr std::uint64_t kTileWidth = 256;
inline constexpr unsigned kTileBits = 8;

// Hashes [index * 256, index * 256 + width) of a level; hash i of level L is the root of the leaves
// [i * 256^L, (i + 1) * 256^L).
struct Tile {
  unsigned level = 0;
  std::uint64_t index = 0;
  unsigned width = kTileWidth;  // 1 to 256

  friend bool operator==(const Tile&, const Tile&) = default;
};

// "tile/0/x001/067", "tile/1/000.p/112".
[[nodiscard]] std::string tile_name(const Tile& tile);

// "tile/entries/000.p/8": of the entries whose hashes a tile of level 0 holds.
[[nodiscard]] std::string bundle_name(const Tile& tile);

// Calls each(tile) for every tile of a tree of `size` leaves that one of `old_size` does not have:
// the highest level first, then by number; partial tiles last of their level.
//   requires  old_size <= size < 2^63
void each_new_tile(std::uint64_t old_size, std::uint64_t size,
                   const std::function<void(const Tile&)>& each);

// Appends an entry to a bundle: its length as u16, its bytes.
//   throws    limit for an entry of more than 65,535 bytes
void append_to_bundle(std::string& bundle, std::string_view entry);

}  // namespace audit::proof
