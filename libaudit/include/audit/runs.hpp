// audit/runs.hpp - one row for each run: who ran, when, how it ended, what it cost, what is missing.
//
// Place     ledger -> [query] -> export, report
// Format    audit-query(7), "Runs"
// Threads   one thread at a time per object
// Errors    throws damaged, io of a ledger
//
//   auto question = audit::parse_run_query("refund run.failures:>0", now);
//   auto runs = audit::RunSearch(views, *question, 50);
//   while (runs.next()) print(runs.run());
#pragma once

#include <audit/error.hpp>
#include <audit/ledger.hpp>
#include <audit/query.hpp>
#include <audit/time.hpp>
#include <audit/trace.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace audit {

// Runs one of whose entries answers a question, and which as a whole pass tests such as
// run.risk:>=high. Cheap to copy. The default asks for every run.
class RunQuery {
 public:
  RunQuery() = default;

  // The question for entries.
  [[nodiscard]] const Query& entries() const noexcept { return entries_; }

  // This question, of fewer entries: those that answer `entries`, too.
  [[nodiscard]] RunQuery and_also(const Query& entries) const;

  // True if the run passes the tests.
  [[nodiscard]] bool matches(const Trace& run) const;

 private:
  friend Parsed<RunQuery> parse_run_query(std::string_view text, Timestamp now);

  RunQuery(Query entries, std::shared_ptr<const match::Node> tests)
      : entries_(std::move(entries)), tests_(std::move(tests)) {}

  Query entries_;
  std::shared_ptr<const match::Node> tests_;  // of the run; null: none
};

// Parses words, fields and tests of runs. A test of runs may be joined with one of entries by AND
// only. The error is as that of parse_query.
[[nodiscard]] Parsed<RunQuery> parse_run_query(std::string_view text, Timestamp now);

// Finds runs, those with the newest answers first, a batch at a time: memory does not grow with the
// ledger but for the ids of runs. A run is as in trace_of(); entries of no run are in none.
class RunSearch {
 public:
  //   ledgers   outlive this object
  //   limit     of runs; 0: none
  //   stop      as in SearchOptions
  RunSearch(std::span<const LedgerView> ledgers, RunQuery question, std::uint64_t limit = 0,
            const std::atomic<bool>* stop = nullptr);
  RunSearch(RunSearch&&) noexcept;
  RunSearch& operator=(RunSearch&&) noexcept;
  ~RunSearch();

  // Steps to the next run; false when there is none.
  [[nodiscard]] bool next();

  // Its id is that of a session, or of a trace.
  [[nodiscard]] const Trace& run() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace audit
