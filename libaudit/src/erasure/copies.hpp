// erasure/copies.hpp - which of many texts, each of any length, stand in another one?
//
// A part that was sent again stays in the record it came with: what is erased may lie there a second
// time. Keeps hashes, not the texts.
//
// Cost     one pass over the other text for each power of two that a known one is as long as. Where
//          the first half of a known text stands, also a hash of as many bytes, once for each length
//          of those that begin so: as good as never for records that carry an id in their first half
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "crypto/siphash.hpp"

namespace audit::erasure {

class Copies {
 public:
  Copies();

  // Looks for `text` from now on, if it is long enough to be told from others.
  void add(std::string_view text, std::uint64_t id);

  [[nodiscard]] bool is_empty() const noexcept { return beginnings_.empty(); }

  // Calls found(id) for each that stands in `text`, once, in no order.
  void find_in(std::string_view text, const std::function<void(std::uint64_t)>& found) const;

 private:
  // Of all texts that begin alike: their ids, by length and by a hash of all of it that nobody can
  // make equal.
  using Alike = std::map<std::size_t, std::unordered_multimap<std::uint64_t, std::uint64_t>>;
  // By a hash of the first bytes: as many as the largest power of two that is no longer than the text.
  using Beginnings = std::unordered_map<std::uint64_t, Alike>;

  void find_alike(std::string_view text, Alike& alike,
                  const std::function<void(std::uint64_t)>& found) const;

  crypto::SipKey key_;                            // random
  std::map<std::size_t, Beginnings> beginnings_;  // by how many bytes they are found by
};

}  // namespace audit::erasure
