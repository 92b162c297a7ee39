// query/run_reader.hpp - reads entries by the ids they carry, each once, from several ledgers.
//
// Errors    throws damaged, io of a ledger; limit (more than `most` entries)
// Threads   one
#pragma once

#include <audit/field.hpp>
#include <audit/ledger.hpp>

#include <cstddef>
#include <functional>
#include <set>
#include <span>
#include <string>

#include "query/run_entry.hpp"

namespace audit::query {

using Ids = std::set<std::string, std::less<>>;

class RunReader {
 public:
  using Wanted = std::function<bool(const Envelope&)>;

  //   ledgers   outlive this object
  RunReader(std::span<const LedgerView> ledgers, std::size_t most)
      : ledgers_(ledgers), most_(most) {}

  // Entries one of whose values of `field` is one of `ids`, in order of ledger and number; but for
  // those it has given out before, and those that are not wanted (these may be asked for again).
  [[nodiscard]] RunEntries read(Field field, const Ids& ids, const Wanted& wanted = {});

  // One entry by its number, if it is there and was not given out before.
  [[nodiscard]] RunEntries read(Place place);

  // How many entries have this value, counted up to `most`.
  [[nodiscard]] std::size_t count(Field field, const std::string& id, std::size_t most) const;

 private:
  void take(std::size_t ledger, const Entry& entry, RunEntries& out);

  std::span<const LedgerView> ledgers_;
  std::size_t most_;
  std::set<Place> given_;
};

}  // namespace audit::query
