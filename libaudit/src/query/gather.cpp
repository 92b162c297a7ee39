#include "query/gather.hpp"

#include <audit/error.hpp>

#include <optional>
#include <utility>

#include "match/predicate.hpp"
#include "query/parts.hpp"
#include "query/several.hpp"

namespace audit::query {

namespace {

// The question without the ledger's own entries: nothing that comes in has such a type. Who reads
// the answers tells them by that; here most are not read.
Query without_system_entries(const Query& question) {
  const auto node = [](match::Node::What what) {
    return std::make_shared<match::Node>(match::Node{std::move(what), {}});
  };
  const auto system = node(match::Texts{Field::type, {{"sys", false}, {"sys.", true}}});
  return question.and_also(Query(node(match::Not{system})));
}

class Gatherer {
 public:
  Gatherer(const LedgerView& view, const Query& question, AnswerVisitor& visitor,
           SearchStatistics& statistics)
      : view_(view), predicate_(question.root()), visitor_(visitor), statistics_(statistics) {}

  void take(const Part& part, Parts& parts) {
    if (!part.known) return ask_all(part.range);
    EntrySet unsure = part.known->maybe;
    unsure.drop(part.known->sure);
    if (unsure.count() > part.range.count() / kDense) return ask_all(part.range);
    if (!part.known->sure.empty()) {
      read(part.known_first, take_known(parts.index(), part.segment, part.known->sure));
    }
    for (auto at = unsure.first_from(0); at; at = unsure.first_from(*at + 1)) {
      if (unsure_rows().seek(part.known_first + *at)) ask(unsure_rows().entry());
    }
  }

 private:
  EntrySet take_known(ledger::IndexView& index, std::size_t segment, const EntrySet& set) {
    try {
      return visitor_.take_known(index, segment, set);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::damaged) throw;
      statistics_.index_note = error.message();
      return set;
    }
  }

  EntryCursor& sure_rows() {
    if (!sure_rows_) {
      sure_rows_ = view_.entries({0, 0}, Order::oldest_first, visitor_.fields(), false);
    }
    return *sure_rows_;
  }

  EntryCursor& unsure_rows() {
    if (!unsure_rows_) {
      FieldSet fields = visitor_.fields();
      fields.add(predicate_.fields());
      unsure_rows_ = view_.entries({0, 0}, Order::oldest_first, fields, predicate_.needs_payload());
    }
    return *unsure_rows_;
  }

  // One after the other, or those alone, whichever is faster.
  void read(std::uint64_t first, const EntrySet& set) {
    const auto lowest = set.first_from(0);
    if (!lowest) return;
    const std::uint32_t end = *set.last_before(set.size()) + 1;
    if (set.count() > (end - *lowest) / kDense) {
      sure_rows().restart({first + *lowest, first + end});
      while (sure_rows().next()) {
        ++statistics_.rows_read;
        const Entry& entry = sure_rows().entry();
        if (set.has(static_cast<std::uint32_t>(entry.seq - first))) visitor_.take(entry);
      }
      return;
    }
    for (auto at = lowest; at; at = set.first_from(*at + 1)) {
      ++statistics_.rows_read;
      if (sure_rows().seek(first + *at)) visitor_.take(sure_rows().entry());
    }
  }

  void ask_all(const SequenceRange& range) {
    unsure_rows().restart(range);
    while (unsure_rows().next()) ask(unsure_rows().entry());
  }

  void ask(const Entry& entry) {
    ++statistics_.rows_read;
    if (predicate_.matches(entry)) visitor_.take(entry);
  }

  const LedgerView& view_;
  match::Predicate predicate_;
  AnswerVisitor& visitor_;
  SearchStatistics& statistics_;
  std::optional<EntryCursor> sure_rows_;
  std::optional<EntryCursor> unsure_rows_;
};

// Where each answer takes a look at all of its call, there is nothing to count without reading.
SearchStatistics gather_one_by_one(const LedgerView& view, const Query& question,
                                   SearchOptions options, AnswerVisitor& visitor) {
  options.limit = 0;
  options.wanted = visitor.fields();
  options.with_payload = false;
  Search search(view, question, options);
  while (search.next()) visitor.take(search.entry());
  return search.statistics();
}

}  // namespace

SearchStatistics gather(const LedgerView& view, const Query& question, const SearchOptions& options,
                        AnswerVisitor& visitor) {
  if (question.asks_about_calls()) return gather_one_by_one(view, question, options, visitor);
  SearchStatistics statistics;
  statistics.size = view.size();
  const Query asked =
      hides_system_entries(question, options) ? without_system_entries(question) : question;
  Gatherer gatherer(view, asked, visitor, statistics);
  Parts parts(view, range_of(view, asked, options), options, statistics);
  while (!parts.empty() && !options.is_stopped()) gatherer.take(parts.take(asked.root()), parts);
  return statistics;
}

SearchStatistics gather(std::span<const LedgerView> views, const Query& question,
                        const SearchOptions& options, AnswerVisitor& visitor) {
  SearchStatistics sum = none();
  SearchOptions each = options;
  each.beside = views;
  for (const LedgerView& view : views) {
    const auto ask = [&] { return gather(view, question, each, visitor); };
    add_to(sum, naming(view, views.size(), ask), view, views.size());
  }
  return sum;
}

}  // namespace audit::query
