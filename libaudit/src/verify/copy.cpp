#include <audit/copy.hpp>
#include <audit/error.hpp>
#include <audit/verify.hpp>

#include <array>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "ledger/backup.hpp"
#include "ledger/evidence.hpp"
#include "ledger/scan.hpp"

namespace audit {

namespace {

namespace fs = std::filesystem;

// SQLite would take what it finds under these names for a part of the copy.
constexpr std::array kLogs = {"-wal", "-shm", "-journal"};

void refuse_existing(const fs::path& file, bool overwrite) {
  std::error_code ignored;
  if (!overwrite && fs::exists(fs::symlink_status(file, ignored))) {
    throw Error(ErrorCode::already_exists, fmt::format("'{}' exists already", file.string()),
                "choose another name");
  }
  for (const char* suffix : kLogs) {
    const std::string log = file.string() + suffix;
    if (!fs::exists(fs::symlink_status(log, ignored))) continue;
    throw Error(ErrorCode::already_exists,
                fmt::format("'{}' lies where the log of the copy would", log),
                "find out whose it is, or choose another name");
  }
}

// The copy while it has no name: it goes, with what SQLite made beside it, unless it is put in place.
class Making {
 public:
  explicit Making(const fs::path& file) : path_(base::temporary_name(file)) {
    // No more than this: what fails after it in a constructor would leave the file behind.
    (void)base::open_file(path_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  }

  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;

  ~Making() {
    std::error_code ignored;
    if (!is_placed_) fs::remove(path_, ignored);
    for (const char* suffix : kLogs) fs::remove(path_.string() + suffix, ignored);
  }

  [[nodiscard]] const fs::path& path() const noexcept { return path_; }

  void put_in_place(const fs::path& file, bool overwrite) {
    base::put_in_place(path_, file, overwrite);
    is_placed_ = true;
  }

 private:
  fs::path path_;
  bool is_placed_ = false;
};

void require_intact(const VerifyReport& report, const fs::path& ledger) {
  if (report.verdict == Verdict::intact) return;
  const std::string why = !report.findings.empty() ? report.findings.front().message
                          : !report.limits.empty() ? report.limits.front()
                                                   : "nothing could be checked";
  throw Error(ErrorCode::damaged,
              fmt::format("the copy of {} was not kept: it is {}: {}", ledger.string(),
                          to_string(report.verdict), base::escape_controls(why)),
              "run 'audit verify' on the ledger");
}

void require_not_overtaken(const ledger::EvidenceSnapshot& snapshot, const fs::path& ledger) {
  if (!ledger::was_overtaken(snapshot, ledger)) return;
  throw Error(
      ErrorCode::busy,
      fmt::format("{} was written to while it was copied, and it cannot be locked from here",
                  ledger.string()),
      "try again when nobody writes to it, or let its owner make the copy");
}

// Makes the file what the ledger is now; false if it was stopped.
bool copy_now(const fs::path& ledger, const fs::path& file, const CopyOptions& options) {
  const std::string journal = ledger::foreign_journal(ledger);
  if (!journal.empty()) {
    throw Error(ErrorCode::damaged,
                fmt::format("{} lies beside the ledger and never belongs to one", journal),
                "run 'audit verify' on the ledger");
  }
  const ledger::EvidenceSnapshot snapshot = ledger::open_snapshot(ledger);
  if (!snapshot.schema_problems.empty()) {
    throw Error(ErrorCode::damaged,
                fmt::format("{} does not have the schema of a ledger: {}", ledger.string(),
                            base::escape_controls(snapshot.schema_problems.front())),
                "run 'audit verify' on it");
  }
  try {
    if (!ledger::back_up(snapshot, file, options.on_copied, options.stop)) return false;
  } catch (const Error&) {
    require_not_overtaken(snapshot, ledger);
    throw;
  }
  require_not_overtaken(snapshot, ledger);
  return true;
}

}  // namespace

std::optional<Copied> copy_ledger(const fs::path& ledger, const fs::path& file,
                                  const CopyOptions& options) {
  refuse_existing(file, options.overwrite);
  Making making(file);
  if (!copy_now(ledger, making.path(), options)) return std::nullopt;
  const VerifyReport report = verify_ledger(making.path(), {}, options.on_verified, options.stop);
  if (options.stop != nullptr && *options.stop) return std::nullopt;
  require_intact(report, ledger);
  std::error_code failed;
  const std::uintmax_t bytes = fs::file_size(making.path(), failed);
  if (failed) base::throw_errno("look at", making.path(), failed.value());
  Copied copied{report.origin, report.size, report.root, bytes};
  refuse_existing(file, options.overwrite);
  making.put_in_place(file, options.overwrite);
  return copied;
}

}  // namespace audit
