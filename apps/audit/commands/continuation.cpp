#include "commands/continuation.hpp"

#include <audit/continuation.hpp>
#include <audit/query.hpp>
#include <audit/retention.hpp>
#include <audit/text.hpp>

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ui/message.hpp"
#include "ui/progress.hpp"

namespace audit::cli {

namespace {

namespace fs = std::filesystem;

bool declares_schemas(const LedgerView& view) {
  const auto question = make_filter("type", "sys.schema", Timestamp());
  return question &&
         Search(view, *question, {.limit = 1, .wanted = {}, .with_payload = false}).next();
}

// What was declared in a ledger, in words; empty: nothing.
std::vector<std::string> declarations(const LedgerView& view) {
  std::vector<std::string> declared;
  const Retention retention = read_retention(view);
  if (retention.seq) declared.push_back(fmt::format("retention (entry {})", *retention.seq));
  std::vector<std::string> holds;
  for (const LegalHold& hold : retention.holds) holds.push_back(hold.id);
  if (!holds.empty()) declared.push_back(fmt::format("the holds {}", fmt::join(holds, ", ")));
  if (declares_schemas(view)) declared.emplace_back("schemas (audit search type:sys.schema)");
  return declared;
}

}  // namespace

Predecessor verified_predecessor(Context& context, const fs::path& old) {
  Progress progress(context);
  const auto show = [&progress](std::uint64_t done, std::uint64_t total) {
    if (progress.is_due()) progress.show(progress_text("verifying", done, total, "entries"));
  };
  const VerifyReport report = verify_ledger(old, {.quick = true}, show, &context.stop);
  progress.erase();
  if (context.stop) return {};
  if (report.verdict != Verdict::intact) {
    const std::string why = !report.findings.empty() ? report.findings.front().message
                            : !report.limits.empty() ? report.limits.front()
                                                     : "nothing could be checked";
    throw Error(ErrorCode::damaged,
                fmt::format("{} cannot be continued: it is {}: {}", old.string(),
                            to_string(report.verdict), why),
                "run 'audit verify' on it");
  }
  Predecessor head = as_predecessor(LedgerView::open(old));
  if (head.root == report.root) return head;
  throw Error(ErrorCode::busy, fmt::format("{} was written to while it was verified", old.string()),
              "stop what writes to it: what comes later is in no ledger that continues it");
}

void note_not_carried_over(Context& context, const fs::path& old) {
  print_note(context, fmt::format("whoever has the key of {} can still append to it: keep that key "
                                  "encrypted and offline (audit-init(1), One ledger after another)",
                                  old.string()));
  const std::vector<std::string> declared = declarations(LedgerView::open(old));
  if (declared.empty()) return;
  print_notice(context,
               fmt::format("not carried over from {}: {}; declare again what is to hold in "
                           "the new ledger",
                           old.string(), fmt::join(declared, "; ")));
}

void limit_to_itself(VerifyReport& report) {
  if (!report.continues) return;
  report.limits.push_back(fmt::format(
      "It continues {} (ledger {}) behind its {} entries: that one was not looked at. Name both to "
      "hold them against each other.",
      report.continues->origin, report.continues->ledger_id, report.continues->size));
}

void Successions::compare(const LedgerView& view, VerifyReport& report) {
  bool is_met = false;
  for (const Taken& other : taken_) {
    if (report.continues && report.continues->ledger_id == other.ledger_id) {
      is_met = true;
      hold(*report.continues, view.file().string(), LedgerView::open(other.file), report);
    }
    if (other.continues && other.continues->ledger_id == view.ledger_id()) {
      hold(*other.continues, other.file.string(), view, report);
    }
  }
  const bool is_alone = report.continues && !is_met && !is_to_come(report.continues->ledger_id);
  if (is_alone) limit_to_itself(report);
  taken_.push_back({view.file(), view.ledger_id(), report.continues});
}

// What cannot be opened is named when it is its turn.
bool Successions::is_to_come(const std::string& ledger_id) const {
  return std::ranges::any_of(all_, [&](const fs::path& file) {
    try {
      return !is_proof_file(file) && LedgerView::open(file).ledger_id() == ledger_id;
    } catch (const Error&) {
      return false;
    }
  });
}

void Successions::hold(const Predecessor& named, const std::string& next, const LedgerView& old,
                       VerifyReport& report) {
  const std::string file = old.file().string();
  switch (check_continuity(named, old)) {
    case Continuity::holds:
      break;
    case Continuity::behind:
      return contradict(report, Verdict::rolled_back, "continues", std::nullopt,
                        fmt::format("{} continues {} behind {} entries, and that has only {} now",
                                    next, file, named.size, old.size()));
    case Continuity::forked:
      return contradict(report, Verdict::forked, "continues", std::nullopt,
                        fmt::format("{} continues a ledger that had the root {} at {} entries, and "
                                    "{} has another one there: two histories exist; keep both",
                                    next, to_base64(named.root), named.size, file));
    case Continuity::foreign:
      return;
  }
  lines_.push_back(fmt::format("{} continues {} behind its {} entries", next, file, named.size));
  report.checks.push_back({Check::Status::pass, "continues", lines_.back()});
  if (old.size() == named.size) return;
  lines_.back() += fmt::format("; it has {} more, for which nothing in a later ledger vouches",
                               grouped(old.size() - named.size));
  report.limits.push_back(fmt::format(
      "{} has {} more than when {} was begun: nothing in a later ledger vouches for them.", file,
      counted(old.size() - named.size, "entry", "entries"), next));
}

}  // namespace audit::cli
