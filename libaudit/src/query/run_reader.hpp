// query/run_reader.hpp - reads entries by the ids they carry, each once, from several ledgers.
//
// Errors    throws damaged, io of a ledger
// Threads   one
#pragma once

#include <audit/field.hpp>
#include <audit/ledger.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <set>
#include <span>
#include <string>

#include "query/run_entry.hpp"

namespace audit::query {

using Ids = std::set<std::string, std::less<>>;

// All values of some fields, none of which are numbers.
[[nodiscard]] Ids ids_of(const RunEntries& entries, const FieldSet& fields);

// Entries one of whose values of `field` is one of `ids`.
struct WithIds {
  Field field;
  const Ids& ids;
};

class RunReader {
 public:
  using Wanted = std::function<bool(const Envelope&)>;

  //   ledgers   outlive this object
  //   most      entries are given out
  //   stop      when it turns true, what is read ends soon, and is of no use; null: never
  RunReader(std::span<const LedgerView> ledgers, std::size_t most,
            const std::atomic<bool>* stop = nullptr)
      : ledgers_(ledgers), most_(most), stop_(stop) {}

  // From now on entries are given out that were given out before.
  void forget_given() noexcept { given_.clear(); }

  // Entries with any of these ids, in order of ledger and number; but for those it has given out
  // before, and those that are not wanted (these may be asked for again).
  [[nodiscard]] RunEntries read(std::initializer_list<WithIds> any_of, const Wanted& wanted = {});

  [[nodiscard]] RunEntries read(Field field, const Ids& ids, const Wanted& wanted = {}) {
    return read({{field, ids}}, wanted);
  }

  // One entry by its number, if it is there and was not given out before.
  [[nodiscard]] RunEntries read(Place place);

  // True if there were more entries than it may give out.
  [[nodiscard]] bool is_cut() const noexcept { return is_cut_; }

  // How many entries have this value, counted up to `most`.
  [[nodiscard]] std::size_t count(Field field, const std::string& id, std::size_t most) const;

 private:
  void take(std::size_t ledger, const Entry& entry, RunEntries& out);

  std::span<const LedgerView> ledgers_;
  std::size_t most_;
  const std::atomic<bool>* stop_;
  std::size_t given_count_ = 0;
  bool is_cut_ = false;
  std::set<Place> given_;
};

}  // namespace audit::query
