#include "source/key_tree.hpp"

#include <array>
#include <iterator>

namespace audit::source {

namespace {

// More parents than this above a member, and nobody meant the record itself.
constexpr std::uint8_t kMaxLifted = 3;

// No segment of the table is longer.
constexpr std::size_t kMaxSegment = 40;

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// FNV-1a over the normalised letters; the parent goes in first.
constexpr std::uint32_t begin_hash(std::uint16_t up) noexcept {
  return (2166136261U ^ up) * 16777619U;
}

constexpr std::uint32_t add_hash(std::uint32_t hash, char c) noexcept {
  return (hash ^ static_cast<std::uint8_t>(c)) * 16777619U;
}

// A segment without case, '-' and '_', and its hash below `up`.
class Normal {
 public:
  Normal(std::uint16_t up, std::string_view segment) noexcept : hash_(begin_hash(up)) {
    for (const char c : segment) {
      if (c == '_' || c == '-') continue;
      if (length_ == letters_.size()) {
        fits_ = false;
        return;
      }
      letters_[length_] = lower(c);
      hash_ = add_hash(hash_, letters_[length_++]);
    }
  }

  [[nodiscard]] bool fits() const noexcept { return fits_ && length_ > 0; }

  [[nodiscard]] std::string_view text() const noexcept { return {letters_.data(), length_}; }

  // The bits of an FNV hash that a mask keeps are its poorest.
  [[nodiscard]] std::uint32_t hash() const noexcept { return hash_ ^ (hash_ >> 15); }

 private:
  std::array<char, kMaxSegment> letters_;
  std::size_t length_ = 0;
  std::uint32_t hash_;
  bool fits_ = true;
};

constexpr std::size_t kBuckets = 2048;  // a power of two, at least twice the nodes

}  // namespace

const KeyTree& KeyTree::instance() {
  static const KeyTree tree;
  return tree;
}

KeyTree::KeyTree() : nodes_(1), buckets_(kBuckets, Place::kNowhere) {
  nodes_[0].parent = true;
  std::vector<std::uint16_t> node_of_row;
  for (const Synonym& row : synonyms()) node_of_row.push_back(add(row.path));
  for (const std::string_view path : transparent_parents()) {
    Node& node = nodes_[add(path)];
    node.parent = true;
    node.transparent = true;
  }
  add_rows(node_of_row);
}

std::uint16_t KeyTree::add(std::string_view path) {
  std::uint16_t at = 0;
  while (true) {
    const std::size_t dot = path.find('.');
    nodes_[at].parent = true;
    at = add_child(at, path.substr(0, dot));
    if (dot == std::string_view::npos) return at;
    path.remove_prefix(dot + 1);
  }
}

std::uint16_t KeyTree::add_child(std::uint16_t up, std::string_view segment) {
  const Normal normal(up, segment);
  const std::uint16_t known = child(up, normal.text(), normal.hash());
  if (known != Place::kNowhere) return known;
  const auto node = static_cast<std::uint16_t>(nodes_.size());
  nodes_.push_back({std::string(normal.text()), normal.hash(), up});
  std::size_t bucket = normal.hash() % kBuckets;
  while (buckets_[bucket] != Place::kNowhere) bucket = (bucket + 1) % kBuckets;
  buckets_[bucket] = node;
  return node;
}

// Rows of one node stand together, ascending.
void KeyTree::add_rows(const std::vector<std::uint16_t>& node_of_row) {
  for (const std::uint16_t node : node_of_row) ++nodes_[node].row_count;
  std::uint16_t next = 0;
  for (Node& node : nodes_) {
    node.first_row = next;
    next = static_cast<std::uint16_t>(next + node.row_count);
    node.row_count = 0;
  }
  rows_.assign(next, Row{0, Field::type, Reading::text, Trust::guess});
  for (std::size_t row = 0; row < node_of_row.size(); ++row) {
    Node& node = nodes_[node_of_row[row]];
    const Synonym& synonym = synonyms()[row];
    rows_[node.first_row + node.row_count++] = {static_cast<std::uint16_t>(row), synonym.target,
                                                synonym.reading, synonym.trust};
  }
}

std::uint16_t KeyTree::child(std::uint16_t up, std::string_view normal,
                             std::uint32_t hash) const noexcept {
  for (std::size_t bucket = hash % kBuckets;; bucket = (bucket + 1) % kBuckets) {
    const std::uint16_t at = buckets_[bucket];
    if (at == Place::kNowhere) return at;
    const Node& node = nodes_[at];
    if (node.hash == hash && node.up == up && node.segment == normal) return at;
  }
}

// One segment further: a member of its own, else what it is beside a transparent parent.
Place KeyTree::step(Place from, std::string_view segment) const noexcept {
  const Normal normal(from.node, segment);
  if (!normal.fits()) return {};
  const Place own{child(from.node, normal.text(), normal.hash()), from.lifted};
  if (own.known() || !nodes_[from.node].transparent || from.lifted >= kMaxLifted) return own;
  const Normal outside_it(0, segment);
  return {child(0, outside_it.text(), outside_it.hash()),
          static_cast<std::uint8_t>(from.lifted + 1)};
}

Place KeyTree::find(Place parent, std::string_view key) const noexcept {
  Place at = parent;
  while (at.known()) {
    const std::size_t dot = key.find('.');
    at = step(at, key.substr(0, dot));
    if (dot == std::string_view::npos) break;
    key.remove_prefix(dot + 1);
  }
  return at;
}

}  // namespace audit::source
