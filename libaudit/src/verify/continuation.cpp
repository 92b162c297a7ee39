#include <audit/continuation.hpp>
#include <audit/error.hpp>

#include <fmt/format.h>

#include "ledger/entry_check.hpp"
#include "verify/findings.hpp"
#include "verify/signed_head.hpp"

namespace audit {

namespace {

[[noreturn]] void refuse(const LedgerView& old, std::string_view why) {
  throw Error(ErrorCode::damaged,
              fmt::format("{} cannot be continued: {}", old.file().string(), why),
              "run 'audit verify' on it");
}

}  // namespace

Predecessor as_predecessor(const LedgerView& old) {
  const Parsed<Checkpoint> head = parse_checkpoint(old.head_note());
  if (!head) refuse(old, "its head is not a signed checkpoint: " + head.error().message);
  ledger::EntryCheck entries(old, *head);
  verify::Findings findings(1);
  const verify::KeyHistory keys = verify::check_signed_head(entries, findings);
  if (!findings.empty()) refuse(old, findings.list().front().message);
  // Where a key has just ended both sign; whoever signs from here on is the newer one.
  const std::vector<VerifyKey> signers = keys.signers(head->size);
  if (signers.empty()) refuse(old, "nobody is known who had to sign its head");
  return {old.ledger_id(), head->origin,          head->size,
          head->root,      signers.back().text(), old.head_note()};
}

Continuity check_continuity(const Predecessor& named, const LedgerView& old) {
  if (named.ledger_id != old.ledger_id()) return Continuity::foreign;
  const Parsed<Checkpoint> head = parse_checkpoint(old.head_note());
  if (!head) refuse(old, "its head is not a signed checkpoint: " + head.error().message);
  if (named.size > head->size) return Continuity::behind;
  ledger::EntryCheck entries(old, *head);
  return entries.root_at(named.size) == named.root ? Continuity::holds : Continuity::forked;
}

}  // namespace audit
