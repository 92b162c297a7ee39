// query/gather.hpp - all answers to a question, for those who count them and not read them.
#pragma once

#include <audit/ledger.hpp>
#include <audit/query.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>

#include "ledger/index.hpp"
#include "query/entry_set.hpp"

namespace audit::query {

// Told of every answer once, in no order.
class AnswerVisitor {
 public:
  virtual ~AnswerVisitor() = default;

  // An answer that was read.
  virtual void answer(const Entry& entry) = 0;

  // Answers that the index is sure of, not read: entries of one of its segments.
  virtual void answers(ledger::IndexView& index, std::size_t segment, const EntrySet& set) = 0;
};

// Reads the entries of a set: one after the other, or those alone, whichever is faster.
//   rows    oldest first
//   first   the number of the ledger's entry that is the set's 0
void each_entry(EntryCursor& rows, std::uint64_t first, const EntrySet& set,
                const std::function<void(const Entry&)>& each);

//   fields    what the visitor looks at in entries that are read
//   options   its limit and its order do not matter
//   returns   what the answer rests on
//   throws    damaged, io
SearchStatistics gather(const LedgerView& view, const Query& question, const SearchOptions& options,
                        const FieldSet& fields, AnswerVisitor& visitor);

}  // namespace audit::query
