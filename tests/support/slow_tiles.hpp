// slow_tiles.hpp - the files of a tree, level by level as c2sp.org/tlog-tiles defines them: the oracle
// for what is exported. Held against published hashes of a tree of 70,000 entries.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "slow_tree.hpp"

namespace audit::test {

// "007", "x001/007".
inline std::string slow_tile_number(std::size_t number) {
  std::string text = std::to_string(1000 + number % 1000).substr(1);
  for (number /= 1000; number > 0; number /= 1000) {
    text.insert(0, "x" + std::to_string(1000 + number % 1000).substr(1) + "/");
  }
  return text;
}

inline std::map<std::string, std::string> slow_tiles(const std::vector<std::string>& entries) {
  std::map<std::string, std::string> files;
  std::vector<Digest> level;
  for (const std::string& entry : entries) level.push_back(slow_leaf(entry));
  for (int number = 0; !level.empty(); ++number) {
    std::vector<Digest> above;
    for (std::size_t first = 0; first < level.size(); first += 256) {
      const std::size_t width = std::min<std::size_t>(256, level.size() - first);
      std::string name = slow_tile_number(first / 256);
      if (width < 256) name += ".p/" + std::to_string(width);
      std::string& tile = files["tile/" + std::to_string(number) + "/" + name];
      for (std::size_t i = first; i < first + width; ++i) tile += base::bytes_of(level[i]);
      if (width == 256) above.push_back(slow_root(Leaves(level).subspan(first, width)));
      if (number > 0) continue;
      std::string& bundle = files["tile/entries/" + name];
      for (std::size_t i = first; i < first + width; ++i) {
        bundle += static_cast<char>(entries[i].size() / 256);
        bundle += static_cast<char>(entries[i].size() % 256);
        bundle += entries[i];
      }
    }
    level = above;
  }
  return files;
}

}  // namespace audit::test
