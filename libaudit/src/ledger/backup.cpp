#include "ledger/backup.hpp"

#include <audit/error.hpp>

#include <memory>

#include <fcntl.h>
#include <fmt/format.h>

#include "base/file.hpp"

namespace audit::ledger {

namespace {

// Between two looks at `stop`: 16 MiB of a ledger's pages.
constexpr int kPagesAtOnce = 1024;

struct FinishBackup {
  void operator()(sqlite3_backup* backup) const noexcept { sqlite3_backup_finish(backup); }
};

using Backup = std::unique_ptr<sqlite3_backup, FinishBackup>;

// The snapshot's own transaction is what SQLite copies from: it never begins again, however much is
// written meanwhile.
bool copy_pages(const Database& from, const Database& to,
                const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                const std::atomic<bool>* stop) {
  const auto page_bytes = static_cast<std::uint64_t>(from.integer("PRAGMA page_size"));
  const Backup backup(sqlite3_backup_init(to.handle(), "main", from.handle(), "main"));
  if (!backup) throw_sqlite(to.handle(), sqlite3_errcode(to.handle()), "cannot begin the copy");
  while (true) {
    const int result = sqlite3_backup_step(backup.get(), kPagesAtOnce);
    if (result == SQLITE_DONE) return true;
    if (result != SQLITE_OK) throw_sqlite(nullptr, result, "cannot copy the ledger");
    const auto all = static_cast<std::uint64_t>(sqlite3_backup_pagecount(backup.get()));
    const auto left = static_cast<std::uint64_t>(sqlite3_backup_remaining(backup.get()));
    if (progress) progress((all - left) * page_bytes, all * page_bytes);
    if (stop != nullptr && *stop) return false;
  }
}

}  // namespace

bool back_up(const EvidenceSnapshot& snapshot, const std::filesystem::path& file,
             const std::function<void(std::uint64_t, std::uint64_t)>& progress,
             const std::atomic<bool>* stop) {
  Database copy(file, Database::Access::write);
  // A copy that does not come to its end is thrown away: it needs no journal, and one sync.
  copy.execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF");
  const bool is_whole = copy_pages(snapshot.database, copy, progress, stop);
  copy.close();
  if (!is_whole) return false;
  const base::UniqueFd fd = base::open_file(file, O_RDONLY);
  base::sync_file(fd.value(), file);
  return true;
}

}  // namespace audit::ledger
