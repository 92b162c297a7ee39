#include "verify/tree.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/bytes.hpp"

namespace audit::verify {

namespace {

constexpr unsigned kMaxLevel = 7;
constexpr char kNodeDomain = 0x01;

void add_node(crypto::Sha256Batch& batch, const Digest& left, const Digest& right) {
  char* const message = batch.room(1 + 2 * Digest::kSize);
  message[0] = kNodeDomain;
  std::copy(left.bytes.begin(), left.bytes.end(), message + 1);
  std::copy(right.bytes.begin(), right.bytes.end(), message + 1 + Digest::kSize);
}

void compare(unsigned level, std::uint64_t number, const Digest& root, std::string_view stored,
             Findings& findings) {
  if (base::digest_from_bytes(stored) == root) return;
  findings.add(
      "subtree", std::nullopt,
      fmt::format("the stored root of subtree {} of level {} (entries {} to {}) is not that "
                  "of its entries",
                  number, level, number << (level * kTileBits),
                  ((number + 1) << (level * kTileBits)) - 1));
}

}  // namespace

void PieceTree::clear(SequenceRange range) {
  range_ = range;
  const auto count = static_cast<std::size_t>(range.count());
  leaves_.resize(count);
  is_known_.assign(count, false);
}

void PieceTree::set(std::uint64_t seq, const Digest& hash) {
  const auto at = static_cast<std::size_t>(seq - range_.first);
  leaves_[at] = hash;
  is_known_[at] = true;
}

bool PieceTree::knows(std::size_t first, std::size_t last) const {
  const auto begin = is_known_.begin();
  return std::find(begin + static_cast<std::ptrdiff_t>(first),
                   begin + static_cast<std::ptrdiff_t>(last),
                   false) == begin + static_cast<std::ptrdiff_t>(last);
}

// The roots of all whole tiles, level by level, so that many nodes are hashed at once.
void PieceTree::compute_tiles() {
  const std::size_t count = leaves_.size() / kTileLeaves;
  tiles_.assign(count, std::nullopt);
  for (std::size_t tile = 0; tile < count; ++tile) {
    const std::size_t first = tile * kTileLeaves;
    if (!knows(first, first + kTileLeaves)) continue;
    batch_.clear();
    for (std::size_t i = 0; i < kTileLeaves; i += 2) {
      add_node(batch_, leaves_[first + i], leaves_[first + i + 1]);
    }
    batch_.run();
    std::array<Digest, kTileLeaves / 2> nodes;
    std::size_t width = nodes.size();
    for (std::size_t i = 0; i < width; ++i) nodes[i] = batch_.digest(i);
    while (width > 1) {
      width /= 2;
      batch_.clear();
      for (std::size_t i = 0; i < width; ++i) add_node(batch_, nodes[2 * i], nodes[2 * i + 1]);
      batch_.run();
      for (std::size_t i = 0; i < width; ++i) nodes[i] = batch_.digest(i);
    }
    tiles_[tile] = nodes[0];
  }
}

void PieceTree::compare_tiles(ledger::EvidenceScan& scan, Findings& findings) const {
  const std::uint64_t first = range_.first / kTileLeaves;
  scan.each_subtree(1, first, first + tiles_.size(),
                    [&](std::uint64_t number, std::string_view stored) {
                      const auto& root = tiles_[static_cast<std::size_t>(number - first)];
                      if (root) compare(1, number, *root, stored, findings);
                    });
}

PieceRoots PieceTree::finish(ledger::EvidenceScan& scan, const std::vector<std::uint64_t>& sizes,
                             Findings& findings) {
  compute_tiles();
  compare_tiles(scan, findings);
  PieceRoots piece;
  piece.range = range_;
  proof::CompactRange whole_tiles;
  const auto append_until = [&](std::uint64_t count) {
    for (std::size_t tile = whole_tiles.size() / kTileLeaves; (tile + 1) * kTileLeaves <= count;
         ++tile) {
      whole_tiles.append_subtree(kTileBits, *tiles_[tile]);
    }
    proof::CompactRange all = whole_tiles;
    for (auto i = static_cast<std::size_t>(all.size()); i < count; ++i) all.append(leaves_[i]);
    return std::vector<Digest>(all.roots().begin(), all.roots().end());
  };
  const auto unknown = std::find(is_known_.begin(), is_known_.end(), false);
  const auto known = static_cast<std::uint64_t>(unknown - is_known_.begin());
  for (const std::uint64_t size : sizes) {
    const std::uint64_t count = size - range_.first;
    if (count <= known) piece.sizes.push_back({size, append_until(count)});
  }
  piece.is_whole = known == leaves_.size();
  if (piece.is_whole) piece.roots = append_until(known);
  return piece;
}

// Appends subtrees of `leaves` leaves in all, one for each one bit, largest first.
void TreeSpine::append(proof::CompactRange& range, std::uint64_t leaves,
                       const std::vector<Digest>& roots, ledger::EvidenceScan* scan,
                       Findings* findings) const {
  const auto completed = [&](unsigned level, std::uint64_t number, const Digest& root) {
    if (scan == nullptr || level <= kTileBits || level % kTileBits != 0) return;
    const unsigned stored_level = level / kTileBits;
    scan->each_subtree(stored_level, number, number + 1,
                       [&](std::uint64_t at, std::string_view stored) {
                         compare(stored_level, at, root, stored, *findings);
                       });
  };
  std::size_t next = 0;
  for (unsigned level = 63; next < roots.size(); --level) {
    if ((leaves >> level & 1U) != 0) range.append_subtree(level, roots[next++], completed);
    if (level == 0) break;
  }
}

void TreeSpine::take(const PieceRoots& piece, ledger::EvidenceScan& scan, Findings& findings) {
  is_whole_ = is_whole_ && spine_.size() == piece.range.first;
  if (!is_whole_) return;
  for (const PieceRoots::Size& size : piece.sizes) {
    proof::CompactRange range = spine_;
    append(range, size.size - piece.range.first, size.roots, nullptr, nullptr);
    roots_[size.size] = range.root();
  }
  is_whole_ = piece.is_whole;
  if (is_whole_) append(spine_, piece.range.count(), piece.roots, &scan, &findings);
}

std::optional<Digest> TreeSpine::root_at(std::uint64_t size) const {
  const auto found = roots_.find(size);
  return found == roots_.end() ? std::nullopt : std::optional(found->second);
}

void check_subtree_rows(ledger::EvidenceScan& scan, std::uint64_t size, Findings& findings) {
  std::array<std::uint64_t, kMaxLevel + 1> next{};  // by level: all before it are there
  const auto count = [&](unsigned level) { return size >> (level * kTileBits); };
  const auto missing = [&](unsigned level, std::uint64_t until) {
    if (next[level] >= until) return;
    findings.add(
        "subtree", std::nullopt,
        fmt::format("subtrees {} to {} of level {} are not stored", next[level], until - 1, level));
  };
  scan.each_subtree_row([&](std::int64_t level, std::int64_t number) {
    const bool has_place = level >= 1 && level <= std::int64_t{kMaxLevel} && number >= 0 &&
                           static_cast<std::uint64_t>(number) < count(static_cast<unsigned>(level));
    if (!has_place) {
      findings.add("subtree", std::nullopt,
                   fmt::format("a subtree {} of level {} is stored, and the ledger has none",
                               number, level));
      return;
    }
    const auto at = static_cast<unsigned>(level);
    missing(at, static_cast<std::uint64_t>(number));
    next[at] = static_cast<std::uint64_t>(number) + 1;
  });
  for (unsigned level = 1; level <= kMaxLevel; ++level) missing(level, count(level));
}

}  // namespace audit::verify
