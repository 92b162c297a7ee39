// query/about_calls.hpp - all that is about some entries of actions, found by ids alone.
//
// For runs too long to be read whole: what joins with a call only by its order is not found.
//
// Errors    throws damaged, io of a ledger
#pragma once

#include <audit/ledger.hpp>

#include <atomic>
#include <span>
#include <vector>

#include "query/run_entry.hpp"

namespace audit::query {

struct AboutCalls {
  RunEntries entries;   // in order of time
  bool is_cut = false;  // there are more than kMaxTraceEntries
};

[[nodiscard]] AboutCalls read_about_calls(std::span<const LedgerView> ledgers,
                                          const std::vector<Place>& places,
                                          const std::atomic<bool>* stop);

}  // namespace audit::query
