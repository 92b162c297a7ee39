// query/call_filter.hpp - what is asked about all of a call, answered for one entry of it.
//
// Errors    throws damaged, io of a ledger; invalid_argument where options.beside lacks the view
// Threads   one
#pragma once

#include <audit/ledger.hpp>
#include <audit/query.hpp>
#include <audit/trace.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "match/query.hpp"
#include "query/joined.hpp"
#include "query/run_batch.hpp"

namespace audit::query {

// Reads the runs of answers, judges all their calls, and keeps only what was found of each entry: of
// the run in hand and of those that come next, some runs at a time, since together they are read
// several times as fast. Of a run that is too long only what ids join with its answers is read.
class CallFilter {
 public:
  //   view       outlives this object, and so do those of options.beside
  //   question   whose answers are asked about, in the order of `options`
  CallFilter(const LedgerView& view, const Query& question, const SearchOptions& options);

  // False, too, for an entry that is about no call.
  [[nodiscard]] bool passes(std::uint64_t seq);

  // How many entries of runs that are too long were asked about.
  [[nodiscard]] std::uint64_t judged_by_ids() const noexcept { return judged_by_ids_; }

  // Of these, how many had ids that too much else has: they pass nothing.
  [[nodiscard]] std::uint64_t not_judged() const noexcept { return not_judged_; }

 private:
  // One of the answers to come.
  struct Ahead {
    std::uint64_t seq;
    std::optional<RunKey> run;
  };

  // What an answer rests on.
  enum class Read : std::uint8_t {
    run,      // all of its run
    ids,      // of a run that is too long, what ids join with it
    nothing,  // too much else has its ids
  };

  struct Judgement {
    bool passes = false;
    Read read = Read::run;
  };

  void read_from(std::uint64_t seq);
  [[nodiscard]] std::vector<Ahead> answers_from(std::uint64_t seq);
  void read_runs_of(const std::vector<Ahead>& answers);
  void read_long_runs_of(const std::vector<Ahead>& answers);
  void judge(const RunEntries& entries, const std::vector<Group>& groups, const Ids& doubtful);
  void keep(std::uint64_t seq, bool passes);
  void note(std::uint64_t seq, Read read);

  const LedgerView& view_;
  Query question_;
  SearchOptions options_;
  std::span<const LedgerView> ledgers_;
  std::size_t ledger_;  // the number of `view_` among them
  RunFinder finder_;
  std::unordered_map<std::uint64_t, Judgement> judged_;  // by seq, of `view_`
  std::set<RunKey> read_;                                // runs all of whose entries are judged
  std::set<RunKey> long_runs_;
  std::set<RunKey> hopeless_;  // of these: ids that everything shares
  std::uint64_t judged_by_ids_ = 0;
  std::uint64_t not_judged_ = 0;
};

}  // namespace audit::query
