// query/call_filter.hpp - what is asked about all of a call, answered for one entry of it.
//
// Errors    throws damaged, io of a ledger
// Threads   one
#pragma once

#include <audit/ledger.hpp>
#include <audit/query.hpp>
#include <audit/trace.hpp>

#include <cstddef>
#include <map>
#include <span>
#include <vector>

#include "match/query.hpp"
#include "query/run_batch.hpp"

namespace audit::query {

// Reads the runs of answers to know their calls: of the one in hand and of those that come next, some
// runs at a time, since together they are read several times as fast.
class CallFilter {
 public:
  //   view       outlives this object, and so do those of options.beside
  //   question   whose answers are asked about, in the order of `options`
  CallFilter(const LedgerView& view, const Query& question, const SearchOptions& options);

  // False, too, for an entry that is about no call.
  [[nodiscard]] bool passes(std::uint64_t seq);

 private:
  void read_from(std::uint64_t seq);
  [[nodiscard]] std::vector<RunKey> runs_from(std::uint64_t seq);
  void take_calls(const RunEntries& entries);

  const LedgerView& view_;
  Query question_;
  SearchOptions options_;
  std::span<const LedgerView> ledgers_;
  std::size_t ledger_;  // the number of `view_` among them
  RunFinder finder_;
  std::vector<Step> calls_;
  std::map<Place, std::size_t> call_of_;
};

}  // namespace audit::query
