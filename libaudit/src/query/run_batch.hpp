// query/run_batch.hpp - reads whole runs, several at a time.
//
// A run is a session with all its traces, or a trace. An entry of another run is never taken for a
// part of it, whatever ids they share: many systems count their calls from 1. What carries no session
// and no trace (a policy engine's decision, a ticket's approval) belongs to the run whose call or
// event it names; so does what links to an event of it, wherever that was written.
//
// Errors    throws damaged, io of a ledger
#pragma once

#include <audit/ledger.hpp>

#include <compare>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "query/run_entry.hpp"
#include "query/run_reader.hpp"

namespace audit::query {

struct RunKey {
  Field field = Field::session;  // or trace
  std::string id;

  friend auto operator<=>(const RunKey&, const RunKey&) = default;
};

// Says to which run an entry belongs by itself: that of its session, else of its trace; and a trace
// belongs to the one session that entries of it name, if they do.
class RunFinder {
 public:
  //   ledgers   outlive this object
  explicit RunFinder(std::span<const LedgerView> ledgers) : ledgers_(ledgers) {}

  [[nodiscard]] std::optional<RunKey> run_of(const Envelope& envelope);

 private:
  [[nodiscard]] RunKey run_of_trace(std::string_view trace) const;

  std::span<const LedgerView> ledgers_;
  std::map<std::string, RunKey, std::less<>> of_trace_;
};

// Reads runs that share no entries. What names a call or an event of two runs, here or elsewhere, is
// given to none: many systems count their calls from 1.
//   returns   the entries of each run in order of time
[[nodiscard]] std::vector<RunEntries> read_runs(RunReader& reader, std::span<const RunKey> runs);

// Reads runs a few at a time, so that no more than `most` entries are held at once.
//   take      is told of each run, in their order, with is_cut if it has more entries than `most`; it
//             returns false to end
void read_each(std::span<const LedgerView> ledgers, std::span<const RunKey> runs, std::size_t most,
               const std::function<bool(const RunKey&, const RunEntries&, bool is_cut)>& take);

// In order of time, then place.
void sort_by_time(RunEntries& entries);

}  // namespace audit::query
