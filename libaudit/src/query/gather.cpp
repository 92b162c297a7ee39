#include "query/gather.hpp"

#include <optional>

#include "match/predicate.hpp"
#include "query/parts.hpp"

namespace audit::query {

namespace {

class Gatherer {
 public:
  Gatherer(const LedgerView& view, const Query& question, const FieldSet& fields,
           AnswerVisitor& visitor, SearchStatistics& statistics)
      : view_(view),
        predicate_(question.root()),
        fields_(fields),
        visitor_(visitor),
        statistics_(statistics) {
    fields_.add(predicate_.fields());
  }

  void take(const Part& part, Parts& parts) {
    if (!part.known) return read(part.range);
    EntrySet unsure = part.known->maybe;
    unsure.drop(part.known->sure);
    if (unsure.count() > part.range.count() / kDense) return read(part.range);
    if (!part.known->sure.empty()) {
      visitor_.answers(parts.index(), part.segment, part.known->sure);
    }
    for (auto at = unsure.first_from(0); at; at = unsure.first_from(*at + 1)) {
      if (rows().seek(part.first + *at)) ask(rows().entry());
    }
  }

 private:
  EntryCursor& rows() {
    if (!rows_) {
      rows_ = view_.entries({0, 0}, Order::oldest_first, fields_, predicate_.needs_payload());
    }
    return *rows_;
  }

  void read(const SequenceRange& range) {
    rows().restart(range);
    while (rows().next()) ask(rows().entry());
  }

  void ask(const Entry& entry) {
    ++statistics_.rows_read;
    if (predicate_.matches(entry)) visitor_.answer(entry);
  }

  const LedgerView& view_;
  match::Predicate predicate_;
  FieldSet fields_;
  AnswerVisitor& visitor_;
  SearchStatistics& statistics_;
  std::optional<EntryCursor> rows_;
};

}  // namespace

void each_entry(EntryCursor& rows, std::uint64_t first, const EntrySet& set,
                const std::function<void(const Entry&)>& each) {
  const auto lowest = set.first_from(0);
  if (!lowest) return;
  const std::uint32_t end = *set.last_before(set.size()) + 1;
  if (set.count() > (end - *lowest) / kDense) {
    rows.restart({first + *lowest, first + end});
    while (rows.next()) {
      if (set.has(static_cast<std::uint32_t>(rows.entry().seq - first))) each(rows.entry());
    }
    return;
  }
  for (auto at = lowest; at; at = set.first_from(*at + 1)) {
    if (rows.seek(first + *at)) each(rows.entry());
  }
}

SearchStatistics gather(const LedgerView& view, const Query& question, const SearchOptions& options,
                        const FieldSet& fields, AnswerVisitor& visitor) {
  SearchStatistics statistics;
  statistics.size = view.size();
  // Who sees the entries knows the ledger's own by their type; here most are not seen.
  const Query asked =
      hides_system_entries(question, options) ? without_system_entries(question) : question;
  const SequenceRange range = range_of(view, asked, options);
  Gatherer gatherer(view, asked, fields, visitor, statistics);
  Parts parts(view, range, Order::oldest_first, options.use_index && range.count() > kFewRows,
              statistics);
  while (!parts.empty()) gatherer.take(parts.take(asked.root()), parts);
  return statistics;
}

}  // namespace audit::query
