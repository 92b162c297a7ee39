// source/key_tree.hpp - the table of synonyms as a tree of keys, for walking a document.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "source/synonyms.hpp"

namespace audit::source {

// Where a key stands in the tree of all paths of the table.
struct Place {
  static constexpr std::uint16_t kNowhere = 0xffff;

  std::uint16_t node = kNowhere;
  std::uint8_t lifted = 0;  // transparent parents above it

  [[nodiscard]] bool known() const noexcept { return node != kNowhere; }
};

// The table as a tree, for looking keys up while walking a document. Immutable: any thread.
class KeyTree {
 public:
  // The one tree, built at the first call.
  static const KeyTree& instance();

  static constexpr Place kRoot{0, 0};

  // The place of `key`, a member of the object at `parent`.
  //   returns   a place that is not known() for a name that says nothing
  [[nodiscard]] Place find(Place parent, std::string_view key) const noexcept;

  // A row without its path. Ranks of one target compare; smaller is better.
  struct Row {
    std::uint16_t rank;
    Target target;
    Reading reading;
    Trust trust;
  };

  // The rank of a row at a place: members of a transparent parent come after all that stands beside
  // it.
  [[nodiscard]] static std::uint16_t rank_of(const Row& row, Place place) noexcept {
    return static_cast<std::uint16_t>(row.rank + place.lifted * kMaxRows);
  }

  // The row of the table that had this rank.
  [[nodiscard]] static const Synonym& row_of(std::uint16_t rank) noexcept {
    return synonyms()[rank % kMaxRows];
  }

  // The rows of a place, ascending by rank.  requires place.known()
  [[nodiscard]] std::span<const Row> rows(Place place) const noexcept {
    const Node& node = nodes_[place.node];
    return {rows_.data() + node.first_row, node.row_count};
  }

  // True if members of an object at this place may say something.
  [[nodiscard]] bool is_parent(Place place) const noexcept { return nodes_[place.node].parent; }

 private:
  static constexpr std::size_t kMaxRows = 1024;

  struct Node {
    std::string segment;  // normalised
    std::uint32_t hash = 0;
    std::uint16_t up = 0;
    std::uint16_t first_row = 0;
    std::uint16_t row_count = 0;
    bool parent = false;
    bool transparent = false;
  };

  KeyTree();
  std::uint16_t add(std::string_view path);
  std::uint16_t add_child(std::uint16_t up, std::string_view segment);
  void add_rows(const std::vector<std::uint16_t>& node_of_row);
  [[nodiscard]] std::uint16_t child(std::uint16_t up, std::string_view normal,
                                    std::uint32_t hash) const noexcept;
  [[nodiscard]] Place step(Place from, std::string_view segment) const noexcept;

  std::vector<Node> nodes_;
  std::vector<std::uint16_t> buckets_;  // open addressing; Place::kNowhere where empty
  std::vector<Row> rows_;
};

}  // namespace audit::source
