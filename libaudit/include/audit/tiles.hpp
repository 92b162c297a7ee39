// audit/tiles.hpp - the tree of a ledger as a folder of files, for a web server or a mirror.
//
// Place     ledger -> [export]
// Format    c2sp.org/tlog-tiles; the bundles hold what an entry is in the tree, not its content:
//           audit-ledger(5), "PROOFS"
// Threads   one thread; one export at a time per folder
#pragma once

#include <audit/ledger.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>

namespace audit {

struct TileExport {
  std::uint64_t old_size = 0;  // of the tree the folder held before
  std::uint64_t size = 0;      // of the tree it holds now
  std::uint64_t files = 0;     // written: tiles, bundles, and the checkpoint if it changed
  std::uint64_t bytes = 0;     // in these
};

// Writes what `folder` lacks of the tree under the head of the view; makes the folder. Every hash is
// checked against the root the head states before it is written, every entry is rehashed, and the
// checkpoint is replaced last, in one step. Nothing is removed; a file that is there with the right
// bytes stays, one with others ends the export. No symbolic link within the folder is followed.
//   progress  called now and then with entries done and in all
//   stop      ends it early: then the checkpoint, and so size, is still the old one
//   throws    configuration where the folder holds another tree, more of this one than the ledger
//             has, or a file that must not be there; damaged where the ledger does not lead to its
//             head; busy while another export writes there; not_found (no folder to make it in),
//             permission (also for a view that keeps content back), io
TileExport export_tiles(const LedgerView& view, const std::filesystem::path& folder,
                        const std::function<void(std::uint64_t, std::uint64_t)>& progress = {},
                        const std::atomic<bool>* stop = nullptr);

}  // namespace audit
