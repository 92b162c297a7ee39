#include <audit/erase.hpp>
#include <audit/query.hpp>

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "erasure/copies.hpp"
#include "erasure/scope.hpp"
#include "ledger/evidence.hpp"

namespace audit {

namespace {

// Where an entry stands among the parts of a record.
struct Place {
  std::int64_t carrier = 0;
  std::int64_t index = 0;

  friend auto operator<=>(const Place&, const Place&) = default;
};

class Planner {
 public:
  Planner(const LedgerView& view, const ErasureScope& scope)
      : view_(view),
        taking_(erasure::taking_of(scope)),
        rows_(ledger::snapshot_of(view)->database),
        places_(view.entries({0, view.size()}, Order::oldest_first,
                             {Field::type, Field::part_of, Field::part_index, Field::part_offset},
                             false)) {
    plan_.scope = scope;
  }

  // Takes one that was asked for.
  void ask(std::uint64_t seq) {
    read(seq);
    ++plan_.asked;
    const Envelope& envelope = row_.entry.envelope;
    switch (ledger::remains_of(row_, taking_)) {
      case ledger::Remains::kept:
        ++plan_.protect;
        if (plan_.stays.size() < kMaxStaysListed) plan_.stays.push_back(seq);
        return;
      case ledger::Remains::nothing:
        ++plan_.gone;
        break;
      case ledger::Remains::content:
        if (taking_.field && !ledger::had_field(row_, *taking_.field)) {
          ++plan_.lacking;
          return;
        }
        take(seq, {seq});
        break;
    }
    const auto carrier = envelope.number(Field::part_of);
    if (carrier) parts_[{*carrier, envelope.number(Field::part_index).value_or(0)}].push_back(seq);
  }

  // What else tells of the same parts, and the records that hold the bytes of parts without any.
  [[nodiscard]] ErasurePlan finish() {
    for (const auto& [place, asked] : parts_) add_part(place, asked);
    find_copies();
    for (const auto& [seq, asked] : carriers_) {
      if (entries_.contains(seq)) continue;
      read(seq);
      if (ledger::remains_of(row_, ledger::Taking()) != ledger::Remains::content) continue;
      note(row_.entry);
      plan_.carriers.push_back(seq);
      for (const std::uint64_t cause : asked) plan_.follows.emplace_back(seq, cause);
    }
    plan_.entries.assign(entries_.begin(), entries_.end());
    for (auto& [kind, count] : kinds_) plan_.kinds.emplace_back(kind, count);
    std::stable_sort(plan_.kinds.begin(), plan_.kinds.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    return std::move(plan_);
  }

 private:
  void read(std::uint64_t seq) {
    if (rows_.read(seq, row_)) return;
    throw Error(ErrorCode::not_found, fmt::format("there is no entry {}", seq),
                "audit search shows the numbers of entries");
  }

  // The row in hand, because of those.
  void take(std::uint64_t seq, const std::vector<std::uint64_t>& asked) {
    if (!entries_.insert(seq).second) return;
    note(row_.entry);
    if (!row_.entry.envelope.has(Field::part_offset)) return;
    if (copies_.is_empty()) first_part_ = seq;
    first_part_ = std::min(first_part_, seq);
    for (const std::uint64_t cause : asked) copies_.add(row_.entry.payload, cause);
  }

  // A part that came again with others stayed in the record it came with.
  void find_copies() {
    if (copies_.is_empty()) return;
    SearchOptions options;
    options.use_index = false;  // who may write only the index could hide what must be found
    options.order = Order::oldest_first;
    options.wanted = {Field::type};
    options.range = {first_part_, view_.size()};
    Search records(view_, *parse_query("type:source.record", Timestamp()), options);
    while (records.next()) {
      const std::uint64_t seq = records.entry().seq;
      copies_.find_in(records.entry().payload,
                      [&](std::uint64_t asked) { carriers_[seq].insert(asked); });
    }
  }

  void note(const Entry& entry) {
    const Timestamp when = entry.when();
    if (!plan_.first || when < *plan_.first) plan_.first = when;
    if (!plan_.last || when > *plan_.last) plan_.last = when;
    ++kinds_[std::string(entry.envelope.text(Field::type))];
  }

  // The entries of a part follow each other.
  void add_part(const Place& place, const std::vector<std::uint64_t>& asked) {
    const std::uint64_t seq = asked.front();
    bool has_bytes = false;
    bool is_certain = true;  // that all of the part was seen
    const auto add = [&](std::uint64_t at) {
      if (!places_.seek(at)) return false;
      const Envelope& envelope = places_.entry().envelope;
      if (envelope.empty()) is_certain = false;  // erased as a whole: may have had the bytes
      const auto carrier = envelope.number(Field::part_of);
      if (carrier != place.carrier || envelope.number(Field::part_index).value_or(0) != place.index)
        return false;
      has_bytes = has_bytes || envelope.has(Field::part_offset);
      add_also(at, asked);
      return true;
    };
    for (std::uint64_t at = seq; at > 0 && add(at); --at) {
    }
    for (std::uint64_t at = seq + 1; add(at); ++at) {
    }
    if (has_bytes || !is_certain) return;
    carriers_[static_cast<std::uint64_t>(place.carrier)].insert(asked.begin(), asked.end());
  }

  void add_also(std::uint64_t seq, const std::vector<std::uint64_t>& asked) {
    if (entries_.contains(seq)) return;
    read(seq);
    if (ledger::remains_of(row_, taking_) != ledger::Remains::content) return;
    take(seq, asked);
    ++plan_.also;
    for (const std::uint64_t cause : asked) plan_.follows.emplace_back(seq, cause);
  }

  const LedgerView& view_;
  ledger::Taking taking_;
  ledger::RowLookup rows_;
  EntryCursor places_;
  ledger::Row row_;
  ErasurePlan plan_;
  std::set<std::uint64_t> entries_;
  std::map<std::uint64_t, std::set<std::uint64_t>> carriers_;  // with those that were asked for
  erasure::Copies copies_;                                     // of the bytes of parts that go
  std::uint64_t first_part_ = 0;                               // of these
  std::map<Place, std::vector<std::uint64_t>> parts_;          // those of each that were asked for
  std::map<std::string, std::uint64_t> kinds_;
};

}  // namespace

ErasurePlan plan_erasure(const LedgerView& view, std::span<const std::uint64_t> seqs,
                         const ErasureScope& scope) {
  Planner planner(view, scope);
  for (const std::uint64_t seq : std::set<std::uint64_t>(seqs.begin(), seqs.end())) {
    planner.ask(seq);
  }
  return planner.finish();
}

}  // namespace audit
