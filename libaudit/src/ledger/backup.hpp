// ledger/backup.hpp - what a snapshot sees, as a file of its own, while others write.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>

#include "ledger/evidence.hpp"

namespace audit::ledger {

// Writes every page that the snapshot sees into `file`: what other programs append meanwhile is not
// in it, and none of them waits. On return the bytes are on disk, and no log is beside them.
//   file      there, empty, and used by nobody else
//   progress  bytes done and in all
//   returns   false if `stop` ended it: then the file is a part of something
//   throws    io, damaged
[[nodiscard]] bool back_up(const EvidenceSnapshot& snapshot, const std::filesystem::path& file,
                           const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                           const std::atomic<bool>* stop);

}  // namespace audit::ledger
