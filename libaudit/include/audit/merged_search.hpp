// audit/merged_search.hpp - one question to several ledgers, its answers merged by time.
//
// Place     ledger -> [query] -> export, report
// Threads   one thread at a time per object
// Errors    throws damaged, io of a ledger, naming its file; facet.hpp counts over several ledgers too
//
//   std::vector<audit::LedgerView> views = ...;
//   audit::MergedSearch search(views, *question, {.limit = 50});
//   while (search.next()) print(views[search.ledger()].file(), search.entry());
#pragma once

#include <audit/ledger.hpp>
#include <audit/query.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace audit {

// Runs a question over several views: complete, whatever the state of each index. Always the next
// answer of the ledger where that one is the newest by Entry::when() (the oldest, where the oldest
// come first), among equals of the ledger named first. Each ledger's answers keep the order of their
// numbers, in which times may go back and forth.
class MergedSearch {
 public:
  //   views     outlive this object
  //   options   its limit is that of all answers together, its range that of each ledger; beside is
  //             always all views
  MergedSearch(std::span<const LedgerView> views, Query query, SearchOptions options = {});
  MergedSearch(MergedSearch&&) noexcept;
  MergedSearch& operator=(MergedSearch&&) noexcept;
  ~MergedSearch();

  // Steps to the next answer; false when there is none. The first call asks every ledger; what a
  // ledger's search needs is given back with its last answer.
  [[nodiscard]] bool next();
  [[nodiscard]] const Entry& entry() const;

  // Which view the answer is from, by its place.
  [[nodiscard]] std::size_t ledger() const;

  // The number of answers of all ledgers. Instead of next(), not beside it, and once.
  [[nodiscard]] std::uint64_t count();

  // Sums over the ledgers.
  [[nodiscard]] SearchStatistics statistics() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace audit
