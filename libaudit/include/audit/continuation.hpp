// audit/continuation.hpp - one ledger after another: what entry 0 of the next says of the one before.
//
// Place     ledger -> [verify]
// Format    audit-ledger(5), "System entries": sys.created, continues
// Threads   one thread at a time per view
// Errors    throws what is named at each call
//
//   if (verify_ledger("2026.ledger", {}).verdict != Verdict::intact) return;
//   const LedgerView old = LedgerView::open("2026.ledger");
//   create_ledger("2027.ledger", {.continues = as_predecessor(old)});
#pragma once

#include <audit/ledger.hpp>

#include <cstdint>

namespace audit {

// The head of a ledger, as the one that continues it names it. The head is checked: signed by whom the
// ledger's own entries name. That all entries are what was signed only verify_ledger shows: ask it
// first, or the new ledger begins with the root of a tampered one.
//   throws    damaged where the head is not what a ledger like this must have; busy as verify_ledger
[[nodiscard]] Predecessor as_predecessor(const LedgerView& old);

enum class Continuity : std::uint8_t {
  holds,    // the ledger has that root at that size, and may have grown since
  behind,   // it has fewer entries
  forked,   // it has another root there: two histories
  foreign,  // it is another ledger
};

// Holds what a ledger says that it continues (VerifyReport::continues) against a ledger at hand. That
// this one is intact verify_ledger shows.
//   throws    damaged, io, busy
[[nodiscard]] Continuity check_continuity(const Predecessor& named, const LedgerView& old);

}  // namespace audit
