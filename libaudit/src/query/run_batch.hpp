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

#include <atomic>
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

struct Run {
  RunEntries entries;  // in order of time
  // Ids of its calls and events, and its traces, that another run has, too, and that something of no
  // run names: whose it is nobody knows, and it was given to none.
  Ids doubtful;
  bool is_cut = false;  // it has more entries than were asked for, or goes on and on
};

// Reads runs. The answer for a run does not depend on which others are read with it.
[[nodiscard]] std::vector<Run> read_runs(RunReader& reader, std::span<const RunKey> runs);

// Reads runs a few at a time, so that no more than `most` entries are held at once.
//   take      is told of each run, in their order; it returns false to end
void read_each(std::span<const LedgerView> ledgers, std::span<const RunKey> runs, std::size_t most,
               const std::atomic<bool>* stop,
               const std::function<bool(const RunKey&, const Run&)>& take);

// In order of time, then place.
void sort_by_time(RunEntries& entries);

}  // namespace audit::query
