// What verify leaves behind when it is asked to: a checkpoint that was verified, a new index.
#include <audit/error.hpp>
#include <audit/ledger.hpp>
#include <audit/verify.hpp>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "ledger/index_builder.hpp"
#include "proof/note.hpp"

namespace audit {

namespace {

constexpr mode_t kMode = 0644;

[[noreturn]] void refuse(const std::filesystem::path& file, std::string_view why) {
  throw Error(ErrorCode::configuration,
              fmt::format("the checkpoint was not saved: {} {}", file.string(), why),
              "save to another file, and find out why they differ before you give the old one up");
}

// What is kept must never be replaced by less.
void check_goes_forward(const std::filesystem::path& file, const Checkpoint& next) {
  std::string note;
  try {
    note = base::read_file(file, proof::kMaxNoteBytes);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return;
    throw;
  }
  const Parsed<Checkpoint> kept = parse_checkpoint(note);
  if (!kept) refuse(file, "exists and is not a checkpoint");
  if (kept->origin != next.origin) {
    refuse(file,
           fmt::format("is a checkpoint of {}, not of {}", base::escape_controls(kept->origin),
                       base::escape_controls(next.origin)));
  }
  if (kept->size > next.size) {
    refuse(file, fmt::format("has {} entries, and the ledger {}", kept->size, next.size));
  }
  if (kept->size == next.size && kept->root != next.root) {
    refuse(file, fmt::format("has another root at {} entries", kept->size));
  }
}

}  // namespace

void save_checkpoint(const VerifyReport& report, const std::filesystem::path& file) {
  const Parsed<Checkpoint> head = parse_checkpoint(report.note);
  if (report.verdict != Verdict::intact || !head) {
    throw Error(
        ErrorCode::configuration,
        fmt::format("the checkpoint was not saved: the ledger is {}", to_string(report.verdict)),
        "only what was verified is worth keeping");
  }
  check_goes_forward(file, *head);
  base::write_file_atomic(file, report.note, kMode);
}

void rebuild_index(const std::filesystem::path& ledger,
                   const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  ledger::IndexBuilder builder(ledger);
  if (!builder.is_active()) {
    throw Error(ErrorCode::busy,
                fmt::format("another process is building the index of {}", ledger.string()),
                "try again when it is done");
  }
  builder.start_over();
  builder.catch_up(LedgerView::open(ledger).size(), progress);
  builder.finish(true);
  while (builder.merge()) {
  }
}

}  // namespace audit
