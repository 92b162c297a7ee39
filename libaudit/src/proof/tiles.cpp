#include "proof/tiles.hpp"

#include <audit/error.hpp>

#include <algorithm>

#include "base/bytes.hpp"

namespace audit::proof {
namespace {

constexpr unsigned kLevels = 8;  // 256^8 is more than any size
constexpr std::size_t kMaxBundled = 65'535;

// "067", "x001/067", "x001/x234/067".
std::string number_text(std::uint64_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, (3 - digits.size() % 3) % 3, '0');
  std::string text;
  for (std::size_t i = 0; i < digits.size(); i += 3) {
    const bool is_last = i + 3 == digits.size();
    if (!is_last) text += 'x';
    text += digits.substr(i, 3);
    if (!is_last) text += '/';
  }
  return text;
}

std::string name_of(std::string_view level, const Tile& tile) {
  std::string name = "tile/" + std::string(level) + '/' + number_text(tile.index);
  if (tile.width < kTileWidth) name += ".p/" + std::to_string(tile.width);
  return name;
}

}  // namespace

std::string tile_name(const Tile& tile) { return name_of(std::to_string(tile.level), tile); }

std::string bundle_name(const Tile& tile) { return name_of("entries", tile); }

void each_new_tile(std::uint64_t old_size, std::uint64_t size,
                   const std::function<void(const Tile&)>& each) {
  for (unsigned level = kLevels; level-- > 0;) {
    const std::uint64_t had = old_size >> (level * kTileBits);
    const std::uint64_t has = size >> (level * kTileBits);
    if (had == has) continue;
    for (std::uint64_t index = had / kTileWidth; index * kTileWidth < has; ++index) {
      const std::uint64_t width = std::min(kTileWidth, has - index * kTileWidth);
      each({level, index, static_cast<unsigned>(width)});
    }
  }
}

void append_to_bundle(std::string& bundle, std::string_view entry) {
  if (entry.size() > kMaxBundled) {
    throw Error(ErrorCode::limit, "an entry of " + std::to_string(entry.size()) +
                                      " bytes does not fit a bundle of entries");
  }
  base::put_be16(bundle, static_cast<std::uint16_t>(entry.size()));
  bundle += entry;
}

}  // namespace audit::proof
