// query/gather.hpp - all answers to a question, for those who count them and show none.
//
// Errors    throws damaged, io of the ledger; where the index is damaged, entries are read instead
// Threads   one
#pragma once

#include <audit/ledger.hpp>
#include <audit/query.hpp>

#include <cstddef>
#include <span>

#include "ledger/index.hpp"
#include "query/entry_set.hpp"

namespace audit::query {

// Told of every answer once, in no order.
class AnswerVisitor {
 public:
  virtual ~AnswerVisitor() = default;

  // What it looks at in entries that are read.
  [[nodiscard]] virtual FieldSet fields() const = 0;

  // An answer that was read.
  virtual void take(const Entry& entry) = 0;

  // Answers the index is sure of: entries of one of its segments. It counts what it can without
  // reading them.
  //   returns   those that have to be read
  //   throws    damaged, having counted none: all are read
  [[nodiscard]] virtual EntrySet take_known(ledger::IndexView& index, std::size_t segment,
                                            const EntrySet& set) = 0;
};

//   options   its limit and its order do not matter
//   returns   what the answer rests on
SearchStatistics gather(const LedgerView& view, const Query& question, const SearchOptions& options,
                        AnswerVisitor& visitor);

// The answers of several ledgers, one ledger after the other; the sums of what they rest on.
SearchStatistics gather(std::span<const LedgerView> views, const Query& question,
                        const SearchOptions& options, AnswerVisitor& visitor);

}  // namespace audit::query
