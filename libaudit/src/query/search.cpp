#include <audit/query.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "match/predicate.hpp"
#include "match/query.hpp"
#include "query/call_filter.hpp"
#include "query/gather.hpp"
#include "query/parts.hpp"

namespace audit {

namespace {

// With fewer answers than one row in so many, a scan reads only what the question needs, and goes
// to the answers a second time.
constexpr std::uint64_t kRare = 8;

class Counter final : public query::AnswerVisitor {
 public:
  [[nodiscard]] FieldSet fields() const override { return {}; }

  void take(const Entry&) override { ++count_; }

  [[nodiscard]] query::EntrySet take_known(ledger::IndexView&, std::size_t,
                                           const query::EntrySet& set) override {
    count_ += set.count();
    return query::EntrySet(set.size());
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  std::uint64_t count_ = 0;
};

}  // namespace

// Works part by part. A part of which the index knows something is walked along the entries it may
// hold; only those it does not surely hold are asked again, with the predicate.
struct Search::Impl {
  const LedgerView& view;
  SearchOptions options;
  Query question;
  bool hides_system;  // entries of the ledger's own
  match::Predicate predicate;
  SearchStatistics statistics;

  std::optional<query::CallFilter> calls;  // if the question is about them
  std::optional<query::Parts> parts;
  std::uint64_t found = 0;

  // The part in hand: rows in a row, or entries named by the index, or both.
  EntryCursor* rows = nullptr;
  bool rows_are_lean = false;  // they hold only what the predicate needs
  SequenceRange unseen;        // of the stretch that is read row by row, if someone wants to know
  std::uint64_t asked = 0;     // rows the predicate was asked about, and how often it said yes
  std::uint64_t agreed = 0;
  std::optional<query::Known> known;
  std::uint64_t known_first = 0;  // seq of its entry 0
  std::uint32_t at = 0;           // newest first, entries before it are to come; else from it on

  // One for each choice of columns, made when first needed.
  std::array<std::optional<EntryCursor>, 3> readers;
  const EntryCursor* current = nullptr;

  Impl(const LedgerView& of, const Query& whole, const SearchOptions& with)
      : view(of),
        options(with),
        question(whole),
        hides_system(query::hides_system_entries(whole, with)),
        predicate(question.root()) {
    statistics.size = of.size();
    if (question.asks_about_calls()) calls.emplace(view, question, options);
  }

  [[nodiscard]] bool newest_first() const { return options.order == Order::newest_first; }

  void start() {
    const bool few =
        question.matches_all() && options.limit != 0 && options.limit <= query::kFewRows;
    if (few) options.use_index = false;
    parts.emplace(view, query::range_of(view, question, options), options, statistics);
  }

  enum class Columns : std::uint8_t { wanted, needed, both };

  EntryCursor& reader(Columns columns) {
    auto& one = readers[static_cast<std::size_t>(columns)];
    if (one) return *one;
    const bool needs_payload = columns != Columns::wanted && predicate.needs_payload();
    const bool wants_payload = columns != Columns::needed && options.with_payload;
    FieldSet fields;
    if (columns != Columns::needed) fields.add(options.wanted);
    if (columns != Columns::wanted) fields.add(predicate.fields());
    if (hides_system) fields.add(Field::type);
    return one.emplace(view.entries({0, 0}, options.order, fields, needs_payload || wants_payload));
  }

  bool next() {
    if (!parts) start();
    if (options.limit != 0 && found == options.limit) return false;
    do {
      while (!step()) {
        if (parts->empty() || options.is_stopped()) return false;
        open_part();
      }
      if (options.is_stopped()) return false;
    } while (!passes());
    ++found;
    return true;
  }

  bool passes() {
    if (!calls) return true;
    const bool answer = calls->passes(current->entry().seq);
    statistics.judged_by_ids = calls->judged_by_ids();
    statistics.not_judged = calls->not_judged();
    return answer;
  }

  void open_part() {
    query::Part part = parts->take(question.root());
    known = std::move(part.known);
    known_first = part.known_first;
    if (!known) return open_row_by_row(part.range, false);
    const auto first = known->maybe.first_from(0);
    if (!first) return known.reset();
    const SequenceRange span{known_first + *first,
                             known_first + *known->maybe.last_before(known->maybe.size()) + 1};
    at = newest_first() ? known->maybe.size() : 0;
    if (known->maybe.count() > span.count() / query::kDense) open_row_by_row(span, known->exact());
  }

  void open_row_by_row(const SequenceRange& stretch, bool all_sure) {
    unseen = stretch;
    const bool rare = asked >= query::kStretch / 2 && agreed * kRare < asked;
    rows_are_lean = !all_sure && rare && !predicate.needs_payload() && !options.passed_over;
    rows = &reader(all_sure ? Columns::wanted : rows_are_lean ? Columns::needed : Columns::both);
    rows->restart(stretch);
  }

  bool step() {
    if (rows) return step_row();
    return known && step_known();
  }

  bool step_row() {
    while (!options.is_stopped() && rows->next()) {
      ++statistics.rows_read;
      see(rows->entry().seq);
      if (!is_answer(rows->entry())) continue;
      if (!rows_are_lean) return stand_on(*rows);
      if (go_to(Columns::wanted, rows->entry().seq)) return true;
    }
    see(newest_first() ? unseen.first - 1 : unseen.last);
    rows = nullptr;
    known.reset();
    return false;
  }

  // Notes that the rows go on with this one: none between it and the last one is there.
  void see(std::uint64_t seq) {
    if (!options.passed_over) return;
    if (newest_first()) {
      for (; unseen.last - 1 != seq; --unseen.last) pass_over_missing(unseen.last - 1);
      --unseen.last;
    } else {
      for (; unseen.first != seq; ++unseen.first) pass_over_missing(unseen.first);
      ++unseen.first;
    }
  }

  // What the index rules out was not looked at, though its row may have been read.
  void pass_over(const Entry& entry) {
    if (!options.passed_over) return;
    if (known && !known->maybe.has(static_cast<std::uint32_t>(entry.seq - known_first))) return;
    options.passed_over(entry);
  }

  void pass_over_missing(std::uint64_t seq) {
    Entry missing;
    missing.seq = seq;
    pass_over(missing);
  }

  bool is_answer(const Entry& entry) {
    const bool answer = judge(entry);
    if (!answer) pass_over(entry);
    return answer;
  }

  bool judge(const Entry& entry) {
    if (is_hidden(entry)) return false;
    if (!known) return matches(entry);
    const auto number = static_cast<std::uint32_t>(entry.seq - known_first);
    return known->maybe.has(number) && (known->sure.has(number) || matches(entry));
  }

  [[nodiscard]] bool is_hidden(const Entry& entry) const {
    return hides_system && match::names_system_kind(entry.envelope.text(Field::type));
  }

  bool matches(const Entry& entry) {
    const bool answer = predicate.matches(entry);
    ++asked;
    agreed += answer ? 1 : 0;
    return answer;
  }

  bool step_known() {
    while (const auto number = next_known()) {
      const std::uint64_t seq = known_first + *number;
      if (!go_to(known->sure.has(*number) ? Columns::wanted : Columns::both, seq)) {
        pass_over_missing(seq);
      } else if (is_answer(current->entry())) {
        return true;
      }
    }
    known.reset();
    return false;
  }

  std::optional<std::uint32_t> next_known() {
    const auto number = newest_first() ? known->maybe.last_before(at) : known->maybe.first_from(at);
    if (number) at = newest_first() ? *number : *number + 1;
    return number;
  }

  bool go_to(Columns columns, std::uint64_t seq) {
    EntryCursor& single = reader(columns);
    ++statistics.rows_read;
    return single.seek(seq) && stand_on(single);
  }

  bool stand_on(const EntryCursor& cursor) {
    current = &cursor;
    return true;
  }

  std::uint64_t count() {
    if (calls) return count_one_by_one();
    Counter counter;
    statistics = query::gather(view, question, options, counter);
    return counter.count();
  }

  std::uint64_t count_one_by_one() {
    options.limit = 0;
    options.wanted = {};
    options.with_payload = false;
    while (next()) {
    }
    return found;
  }
};

Search::Search(const LedgerView& view, Query query, SearchOptions options)
    : impl_(std::make_unique<Impl>(view, query, options)) {}

Search::Search(Search&&) noexcept = default;
Search& Search::operator=(Search&&) noexcept = default;
Search::~Search() = default;

bool Search::next() { return impl_->next(); }

const Entry& Search::entry() const { return impl_->current->entry(); }

std::uint64_t Search::count() { return impl_->count(); }

const SearchStatistics& Search::statistics() const { return impl_->statistics; }

Search Search::again(bool with_payload) const {
  SearchOptions options = impl_->options;
  options.with_payload = with_payload;
  return {impl_->view, impl_->question, std::move(options)};
}

}  // namespace audit
