#include "ledger/stored_tree.hpp"

#include <audit/error.hpp>
#include <audit/proof.hpp>

#include <algorithm>
#include <bit>
#include <utility>

#include "base/bytes.hpp"
#include "ledger/schema.hpp"
#include "proof/path.hpp"

namespace audit::ledger {

namespace {

// Of 511 hashes each.
constexpr std::size_t kMaxTiles = 64;

}  // namespace

StoredTree::StoredTree(const LedgerView& view) : StoredTree(snapshot_of(view)) {}

StoredTree::StoredTree(std::shared_ptr<const EvidenceSnapshot> snapshot)
    : snapshot_(std::move(snapshot)),
      leaves_(snapshot_->database.prepare(
          "SELECT seq, hash FROM entry WHERE seq >= ?1 AND seq < ?2 ORDER BY seq")),
      subtrees_(snapshot_->database.prepare(
          "SELECT number, hash FROM subtree WHERE level = ?3 AND number >= ?1 AND number < ?2 "
          "ORDER BY number")) {}

Digest StoredTree::subtree(unsigned level, std::uint64_t index) {
  const unsigned inside = level % kTileBits;
  const unsigned bits = kTileBits - inside;
  const std::uint64_t place = index & ((std::uint64_t{1} << bits) - 1);
  return tile(level / kTileBits, index >> bits).roots[inside].at(place);
}

Digest StoredTree::root(std::uint64_t size) {
  return proof::make_root(
      size, [this](unsigned level, std::uint64_t index) { return subtree(level, index); });
}

proof::CompactRange StoredTree::range(std::uint64_t size) {
  std::vector<Digest> roots;
  for (auto level = static_cast<unsigned>(std::bit_width(size)); level-- > 0;) {
    if ((size >> level & 1U) != 0) roots.push_back(subtree(level, (size >> level) - 1));
  }
  return {size, roots};
}

std::vector<Digest> StoredTree::inclusion(std::uint64_t seq) {
  return proof::make_inclusion(seq, snapshot_->size, [this](unsigned level, std::uint64_t index) {
    return subtree(level, index);
  });
}

std::vector<Digest> StoredTree::consistency(std::uint64_t old_size, std::uint64_t size) {
  if (size > snapshot_->size) {
    throw Error(ErrorCode::invalid_argument, "no proof of size " + std::to_string(size) +
                                                 " in a tree of size " +
                                                 std::to_string(snapshot_->size));
  }
  return proof::make_consistency(old_size, size, [this](unsigned level, std::uint64_t index) {
    return subtree(level, index);
  });
}

const StoredTree::Tile& StoredTree::tile(unsigned level, std::uint64_t number) {
  ++clock_;
  auto known = std::find_if(tiles_.begin(), tiles_.end(), [&](const Tile& tile) {
    return tile.level == level && tile.number == number;
  });
  if (known == tiles_.end()) {
    Tile fresh;
    fresh.level = level;
    fresh.number = number;
    read(fresh);
    if (tiles_.size() < kMaxTiles) {
      known = tiles_.insert(tiles_.end(), std::move(fresh));
    } else {
      known = std::min_element(tiles_.begin(), tiles_.end(),
                               [](const Tile& a, const Tile& b) { return a.used < b.used; });
      *known = std::move(fresh);
    }
  }
  known->used = clock_;
  return *known;
}

void StoredTree::read(Tile& tile) {
  const std::uint64_t all = snapshot_->size >> (tile.level * kTileBits);
  const std::uint64_t first = tile.number << kTileBits;
  const std::uint64_t last = std::min(first + (std::uint64_t{1} << kTileBits), all);
  Statement& select = tile.level == 0 ? leaves_ : subtrees_;
  select.reset();
  select.bind(1, static_cast<std::int64_t>(first));
  select.bind(2, static_cast<std::int64_t>(last));
  if (tile.level > 0) select.bind(3, static_cast<std::int64_t>(tile.level));
  std::vector<Digest>* roots = &tile.roots.emplace_back();
  for (std::uint64_t number = first; number < last; ++number) {
    const bool found = select.step() && select.integer(0) == static_cast<std::int64_t>(number);
    const auto hash = found ? base::digest_from_bytes(select.blob(1)) : std::nullopt;
    if (!hash) {
      select.reset();
      throw Error(ErrorCode::damaged, "the ledger lacks a hash of its tree",
                  "run 'audit verify' on it");
    }
    roots->push_back(*hash);
  }
  select.reset();
  while (tile.roots.size() < kTileBits) {
    const std::vector<Digest>& below = tile.roots.back();
    std::vector<Digest> above;
    above.reserve(below.size() / 2);
    for (std::size_t i = 1; i < below.size(); i += 2) {
      above.push_back(node_hash(below[i - 1], below[i]));
    }
    tile.roots.push_back(std::move(above));
  }
}

}  // namespace audit::ledger
