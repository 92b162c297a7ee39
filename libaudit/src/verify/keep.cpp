// What verify leaves behind when it is asked to: a checkpoint that was verified, a new index.
#include "verify/keep.hpp"

#include <audit/error.hpp>
#include <audit/ledger.hpp>
#include <audit/verify.hpp>

#include <algorithm>
#include <optional>

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

std::optional<std::string> read_if_there(const std::filesystem::path& file) {
  try {
    return base::read_file(file, proof::kMaxNoteBytes);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return std::nullopt;
    throw;
  }
}

// What is kept must never be replaced by less.
void check_goes_forward(const std::filesystem::path& file, const std::string& note,
                        const Checkpoint& next) {
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

// The note with the signature lines of others that the kept one of the same text has.
std::string with_lines_of(const std::string& kept, std::string note) {
  const Parsed<proof::Note> before = proof::parse_note(kept);
  const Parsed<proof::Note> now = proof::parse_note(note);
  if (!before || !now || before->text != now->text) return note;
  std::string lines;
  for (const proof::NoteSignature& line : before->signatures) {
    const bool is_anew = std::any_of(
        now->signatures.begin(), now->signatures.end(),
        [&](const auto& other) { return other.name == line.name && other.id == line.id; });
    if (!is_anew) lines.append(line.line).append("\n");
  }
  return note + lines;
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
  const bool has_tree =
      std::find(report.level.begin(), report.level.end(), Level::tree) != report.level.end();
  if (!has_tree || report.proved || report.bundled) {
    throw Error(ErrorCode::configuration,
                "the checkpoint was not saved: it is not of a ledger whose entries were verified",
                "a proof or a bundle shows some entries: keep what verify_ledger says");
  }
  verify::keep_note(report.note, file);
}

void verify::keep_note(const std::string& note, const std::filesystem::path& file) {
  const std::optional<std::string> kept = read_if_there(file);
  if (kept) check_goes_forward(file, *kept, parse_checkpoint(note).value());
  const std::string merged = with_lines_of(kept.value_or(""), note);
  if (!proof::parse_note(merged)) refuse(file, "has as many signatures as a note can have");
  base::write_file_atomic(file, merged, kMode);
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
