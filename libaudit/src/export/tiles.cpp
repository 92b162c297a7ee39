#include "proof/tiles.hpp"

#include <audit/checkpoint.hpp>
#include <audit/error.hpp>
#include <audit/proof.hpp>
#include <audit/tiles.hpp>

#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "event/leaf.hpp"
#include "export/disclose.hpp"
#include "export/tile_folder.hpp"
#include "ledger/rehash.hpp"
#include "ledger/scan.hpp"
#include "ledger/stored_tree.hpp"
#include "proof/merkle.hpp"
#include "proof/note.hpp"

namespace audit {

namespace exports {

namespace {

using proof::kTileBits;
using proof::Tile;

constexpr std::string_view kCheckpoint = "checkpoint";

// What the entries of one tile of level 0 are in the tree, rehashed.
class Leaves {
 public:
  explicit Leaves(const LedgerView& view) : scan_(view), decoder_(words_) {
    words_.load(scan_.database());
  }

  struct Bundle {
    std::vector<Digest> hashes;
    std::string entries;  // as the file holds them
  };

  //   throws    damaged where one is not what its hash says
  [[nodiscard]] Bundle read(const Tile& tile) {
    const std::uint64_t first = tile.index * proof::kTileWidth;
    const std::optional<Digest> before = first == 0 ? Digest() : scan_.hash_of(first - 1);
    if (!before) refuse(first - 1);
    Digest previous = *before;
    Bundle bundle;
    scan_.read(first, first + tile.width, decoder_);
    for (std::uint64_t seq = first; seq < first + tile.width; ++seq) {
      const bool is_there = scan_.next(row_) && row_.seq == static_cast<std::int64_t>(seq) &&
                            row_.knows_storage && row_.problem.empty();
      const auto leaf =
          is_there ? ledger::leaf_from_row(row_, seq, previous, committer_) : std::nullopt;
      if (!leaf) refuse(seq);
      const std::string bytes = event::encode_leaf(*leaf);
      previous = leaf_hash(bytes);
      if (previous != row_.hash) refuse(seq);
      bundle.hashes.push_back(previous);
      proof::append_to_bundle(bundle.entries, bytes);
    }
    return bundle;
  }

 private:
  [[noreturn]] static void refuse(std::uint64_t seq) {
    throw Error(
        ErrorCode::damaged,
        fmt::format("entry {} is missing or not what its hash says: no tile was made of it", seq),
        "run 'audit verify' on it");
  }

  ledger::EvidenceScan scan_;
  ledger::WordTable words_;
  ledger::EntryDecoder decoder_;
  ledger::EntryRow row_;
  event::Committer committer_;
};

// One export. Tiles are written from the top of the tree down, so that the root of each is known from
// one that was checked before.
class Export {
 public:
  Export(const LedgerView& view, const std::filesystem::path& folder)
      : view_(view), path_(folder), tree_(view), leaves_(view), folder_(folder) {
    const Parsed<Checkpoint> head = parse_checkpoint(view.head_note());
    if (!head || head->size != view.size() || head->origin != view.origin() ||
        head->root != tree_.root(view.size())) {
      fail_damaged();
    }
    root_ = head->root;
    done_.size = head->size;
    done_.old_size = size_there();
  }

  TileExport run(const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                 const std::atomic<bool>* stop) {
    const auto is_stopped = [stop] { return stop != nullptr && *stop; };
    proof::each_new_tile(0, done_.size, [&](const Tile& tile) {
      if (is_stopped() || is_there(tile)) return;
      tile.level == 0 ? write_entries(tile) : write_tile(tile);
      if (progress && tile.level == 0) {
        progress(tile.index * proof::kTileWidth + tile.width, done_.size);
      }
    });
    if (is_stopped()) {
      done_.size = done_.old_size;
    } else if (!has_checkpoint_) {
      folder_.replace(kCheckpoint, view_.head_note());
      count(view_.head_note());
    }
    return done_;
  }

 private:
  // The tree that the folder holds must be the beginning of this one.
  [[nodiscard]] std::uint64_t size_there() {
    const std::optional<std::string> note = folder_.read(kCheckpoint, proof::kMaxNoteBytes);
    if (!note) return 0;
    const Parsed<Checkpoint> there = parse_checkpoint(*note);
    if (!there) refuse("holds a file 'checkpoint' that is none");
    if (there->origin != view_.origin()) {
      refuse(fmt::format("holds the tree of {}, not of {}", base::escape_controls(there->origin),
                         view_.origin()));
    }
    if (there->size > done_.size) {
      refuse(
          fmt::format("holds a tree of {} entries, and this ledger has {}: it was cut, or is an "
                      "old copy",
                      there->size, done_.size));
    }
    const Digest root = tree_.root(there->size);
    if (!check_consistency(there->size, root, done_.size, root_,
                           tree_.consistency(there->size, done_.size))) {
      fail_damaged();
    }
    if (there->root != root) {
      refuse(
          fmt::format("holds another tree: the first {} entries of this ledger are not those "
                      "that its checkpoint states",
                      there->size));
    }
    // Witnesses may have added lines to it.
    has_checkpoint_ = note->starts_with(view_.head_note());
    return there->size;
  }

  // Of the tree that was there when the folder's checkpoint was written: a file of the right length is
  // taken for what it should be, since reading all of them is what is to be saved.
  [[nodiscard]] bool is_there(const Tile& tile) const {
    if (tile.width != proof::kTileWidth) return false;
    if ((tile.index + 1) << (kTileBits * (tile.level + 1)) > done_.old_size) return false;
    constexpr std::size_t kTileBytes = proof::kTileWidth * Digest::kSize;
    constexpr std::size_t kBundleBytes = proof::kTileWidth * (2 + event::kLeafBytes);
    return folder_.has(proof::tile_name(tile), kTileBytes) &&
           (tile.level > 0 || folder_.has(proof::bundle_name(tile), kBundleBytes));
  }

  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorCode::configuration,
                fmt::format("{} {}", base::escape_controls(path_.string()), why),
                "nothing in it was changed; keep both until you know why they differ");
  }

  [[noreturn]] void fail_damaged() const {
    throw Error(ErrorCode::damaged,
                fmt::format("the hashes of {} do not lead to its head", view_.file().string()),
                "run 'audit verify' on it");
  }

  // A full tile must have the root that stands in the tile above it; the hashes of those that are not
  // full lead to the root of the tree.
  void check(const Tile& tile, const std::vector<Digest>& hashes) {
    const bool is_right =
        tile.width == proof::kTileWidth
            ? proof::root_of(hashes) == tree_.subtree((tile.level + 1) * kTileBits, tile.index)
            : hashes == stored(tile);
    if (!is_right) fail_damaged();
  }

  [[nodiscard]] std::vector<Digest> stored(const Tile& tile) {
    std::vector<Digest> hashes;
    const std::uint64_t first = tile.index * proof::kTileWidth;
    for (std::uint64_t i = first; i < first + tile.width; ++i) {
      hashes.push_back(tree_.subtree(tile.level * kTileBits, i));
    }
    return hashes;
  }

  void write_tile(const Tile& tile) { write_hashes(tile, stored(tile)); }

  void write_entries(const Tile& tile) {
    const Leaves::Bundle bundle = leaves_.read(tile);
    write_hashes(tile, bundle.hashes);
    write(proof::bundle_name(tile), bundle.entries);
  }

  void write_hashes(const Tile& tile, const std::vector<Digest>& hashes) {
    check(tile, hashes);
    std::string bytes;
    for (const Digest& hash : hashes) bytes += base::bytes_of(hash);
    write(proof::tile_name(tile), bytes);
  }

  void write(const std::string& name, std::string_view bytes) {
    if (folder_.add(name, bytes)) count(bytes);
  }

  void count(std::string_view bytes) {
    ++done_.files;
    done_.bytes += bytes.size();
  }

  const LedgerView& view_;
  std::filesystem::path path_;
  ledger::StoredTree tree_;
  Leaves leaves_;
  TileFolder folder_;
  Digest root_;
  TileExport done_;
  bool has_checkpoint_ = false;  // the folder has the head already
};

}  // namespace

}  // namespace exports

TileExport export_tiles(const LedgerView& view, const std::filesystem::path& folder,
                        const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                        const std::atomic<bool>* stop) {
  exports::require_all(view);
  return exports::Export(view, folder).run(progress, stop);
}

}  // namespace audit
