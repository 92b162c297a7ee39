// query/several.hpp - what is asked of several ledgers, one after the other: whose error it was, and
// what all answers together rest on.
#pragma once

#include <audit/error.hpp>
#include <audit/ledger.hpp>
#include <audit/query.hpp>

#include <cstddef>
#include <utility>

namespace audit::query {

// Throws `error` again, with the file of the ledger before its message.
[[noreturn]] void throw_naming(const LedgerView& view, const Error& error);

// work(), with the ledger's file in what it throws if it is one of `ledgers`, more than one.
template <class Work>
decltype(auto) naming(const LedgerView& view, std::size_t ledgers, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (const Error& error) {
    if (ledgers < 2) throw;
    throw_naming(view, error);
  }
}

// Adds what the answer of one of `ledgers` rests on. The sum begins as none().
void add_to(SearchStatistics& sum, const SearchStatistics& one, const LedgerView& view,
            std::size_t ledgers);

[[nodiscard]] inline SearchStatistics none() {
  SearchStatistics sum;
  sum.ledgers = 0;
  return sum;
}

}  // namespace audit::query
