// erasure/copies.hpp - does a text hold one of many others, each of any length?
//
// A part that was sent again stays in the record it came with: what is erased may lie there a second
// time. Keeps hashes, not the texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace audit::erasure {

class Copies {
 public:
  // Looks for `text` from now on, if it is long enough to be told from others.
  void add(std::string_view text);

  [[nodiscard]] bool is_empty() const noexcept { return known_.empty(); }

  //   cost    one pass
  [[nodiscard]] bool is_one_in(std::string_view text) const;

 private:
  struct Known {
    std::size_t bytes;
    std::uint64_t hash;  // of all of them
  };

  std::unordered_multimap<std::uint64_t, Known> known_;  // by the hash of how it begins
};

}  // namespace audit::erasure
