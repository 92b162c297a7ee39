#include <audit/query.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "ledger/index.hpp"
#include "match/predicate.hpp"
#include "match/query.hpp"
#include "query/plan.hpp"

namespace audit {

namespace {

using match::Node;
using match::NodePtr;

NodePtr node(Node::What what) { return std::make_shared<Node>(Node{std::move(what), {}}); }

// The ledger's own entries: nothing that comes in has such a type.
Query without_system_entries(const Query& query) {
  NodePtr system = node(match::Texts{Field::type, {{"sys", false}, {"sys.", true}}});
  return query.and_also(Query(node(match::Not{std::move(system)})));
}

// The entries that tests of the number alone leave over.
SequenceRange narrowed(SequenceRange range, const Node* question) {
  if (question == nullptr) return range;
  if (const auto* all = std::get_if<match::AllOf>(&question->what)) {
    for (const NodePtr& part : all->parts) range = narrowed(range, part.get());
    return range;
  }
  const auto* test = std::get_if<match::Numbers>(&question->what);
  if (test == nullptr || test->measure != match::Measure::seq) return range;
  if (test->any_of.empty()) return {range.first, range.first};
  const std::int64_t first = std::max<std::int64_t>(test->any_of.front().first, 0);
  const std::int64_t last = test->any_of.back().last;
  if (last < first) return {range.first, range.first};
  range.first = std::max(range.first, static_cast<std::uint64_t>(first));
  range.last = std::min(range.last, static_cast<std::uint64_t>(last) + 1);
  range.last = std::max(range.last, range.first);
  return range;
}

constexpr std::size_t kNoSegment = std::numeric_limits<std::size_t>::max();

// Up to so many rows are read without a look at the index.
constexpr std::uint64_t kFewRows = 256;

// Where the index names more than one in so many rows, all are read in a row: going to a single one
// costs about as much as reading on over that many.
constexpr std::uint64_t kDense = 4;

SequenceRange cut(const SequenceRange& range, std::uint64_t size) {
  const std::uint64_t last = std::min(range.last, size);
  return {std::min(range.first, last), last};
}

// What has to be scanned is cut into stretches of so many rows, so that what was learnt in one
// (that few rows are answers) helps in the next.
constexpr std::uint64_t kStretch = 8192;

// With fewer answers than one row in so many, a scan reads only what the question needs, and goes
// to the answers a second time.
constexpr std::uint64_t kRare = 8;

// A stretch of the ledger that is answered in one go.
struct Part {
  SequenceRange range;
  std::size_t segment;  // of the index; kNoSegment: it has to be scanned
};

}  // namespace

// Works part by part. A part of which the index knows something is walked along the entries it may
// hold; only those it does not surely hold are asked again, with the predicate.
struct Search::Impl {
  const LedgerView& view;
  SearchOptions options;
  Query query;
  bool hides_system;  // entries of the ledger's own
  match::Predicate predicate;
  SequenceRange range;
  std::optional<ledger::IndexView> index;
  ledger::EntryList erased;  // of the part in hand
  SearchStatistics statistics;

  bool started = false;
  std::vector<Part> parts;  // still to do; the next one is the last
  std::uint64_t found = 0;

  // The part in hand: rows in a row, or entries named by the index, or both.
  EntryCursor* rows = nullptr;
  bool rows_are_lean = false;  // they hold only what the predicate needs
  std::uint64_t asked = 0;     // rows the predicate was asked about, and how often it said yes
  std::uint64_t agreed = 0;
  std::optional<query::Known> known;
  std::uint64_t known_first = 0;  // seq of its entry 0
  std::uint32_t at = 0;           // newest first, entries before it are to come; else from it on

  // One for each choice of columns, made when first needed.
  std::array<std::optional<EntryCursor>, 3> readers;
  const EntryCursor* current = nullptr;

  Impl(const LedgerView& of, const Query& question, const SearchOptions& with)
      : view(of),
        options(with),
        query(question),
        hides_system(!with.system_entries && !question.asks_for_system_entries()),
        predicate(query.root()),
        range(narrowed(cut(with.range, of.size()), query.root())) {
    statistics.size = of.size();
  }

  [[nodiscard]] bool newest_first() const { return options.order == Order::newest_first; }

  // Chooses the parts. Few rows are read faster than the index is opened.
  void start(bool counting) {
    if (std::exchange(started, true)) return;
    if (counting && hides_system) {  // whoever sees the entries knows them by their type
      query = without_system_entries(query);
      predicate = match::Predicate(query.root());
    }
    const bool few = range.count() <= kFewRows || (query.matches_all() && !counting &&
                                                   options.limit != 0 && options.limit <= kFewRows);
    if (options.use_index && !few) index = ledger::IndexView::open(view, statistics.index_note);
    if (index) statistics.indexed = index->watermark();
    const std::size_t segments = index ? index->segment_count() : 0;
    for (std::size_t i = 0; i < segments; ++i) add_part(index->range(i), i);
    for (std::uint64_t first = statistics.indexed; first < view.size(); first += kStretch) {
      add_part({first, std::min(first + kStretch, view.size())}, kNoSegment);
    }
    if (!newest_first()) std::reverse(parts.begin(), parts.end());
  }

  void add_part(const SequenceRange& whole, std::size_t segment) {
    const SequenceRange part{std::max(whole.first, range.first), std::min(whole.last, range.last)};
    if (part.first < part.last) parts.push_back({part, segment});
  }

  // Takes the next part in hand, and what the index says of it: nothing if it has to be scanned.
  Part take_part() {
    const Part part = parts.back();
    parts.pop_back();
    known.reset();
    if (part.segment == kNoSegment) return part;
    try {
      known = query::look_up(query.root(), *index, part.segment);
      doubt_erased(part.segment);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::damaged) throw;
      known.reset();
      statistics.index_note = error.message();
      return part;
    }
    known_first = index->range(part.segment).first;
    if (part.range.count() < index->range(part.segment).count()) keep_known(part.range);
    return part;
  }

  void keep_known(const SequenceRange& kept) {
    query::EntrySet wanted(known->maybe.size());
    wanted.add_range(static_cast<std::uint32_t>(kept.first - known_first),
                     static_cast<std::uint32_t>(kept.last - known_first));
    known->sure.keep(wanted);
    known->maybe.keep(wanted);
  }

  // What was erased after the index was written it still says of the entry, or says no more of it:
  // the entry itself is asked.
  void doubt_erased(std::size_t segment) {
    index->erased_since(view, segment, erased);
    if (erased.empty()) return;
    query::EntrySet doubtful(known->maybe.size());
    doubtful.add(erased);
    known->sure.drop(doubtful);
    known->maybe.add(doubtful);
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

  // --- next() ---

  bool next() {
    start(false);
    if (options.limit != 0 && found == options.limit) return false;
    while (!step()) {
      if (parts.empty()) return false;
      open_part();
    }
    ++found;
    return true;
  }

  void open_part() {
    const Part part = take_part();
    if (!known) return open_row_by_row(part.range, false);
    const auto first = known->maybe.first_from(0);
    if (!first) return known.reset();
    const SequenceRange span{known_first + *first,
                             known_first + *known->maybe.last_before(known->maybe.size()) + 1};
    at = newest_first() ? known->maybe.size() : 0;
    if (known->maybe.count() > span.count() / kDense) open_row_by_row(span, known->exact());
  }

  void open_row_by_row(const SequenceRange& stretch, bool all_sure) {
    const bool rare = asked >= kStretch / 2 && agreed * kRare < asked;
    rows_are_lean = !all_sure && rare && !predicate.needs_payload();
    rows = &reader(all_sure ? Columns::wanted : rows_are_lean ? Columns::needed : Columns::both);
    rows->restart(stretch);
  }

  bool step() {
    if (rows) return step_row();
    return known && step_known();
  }

  bool step_row() {
    while (rows->next()) {
      ++statistics.rows_read;
      if (!is_answer(rows->entry())) continue;
      if (!rows_are_lean) return stand_on(*rows);
      if (go_to(Columns::wanted, rows->entry().seq)) return true;
    }
    rows = nullptr;
    known.reset();
    return false;
  }

  bool is_answer(const Entry& entry) {
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
      if (known->sure.has(*number)) {
        if (go_to(Columns::wanted, seq) && !is_hidden(current->entry())) return true;
      } else if (go_to(Columns::both, seq) && is_answer(current->entry())) {
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

  // --- count() ---

  std::uint64_t count() {
    start(true);
    std::uint64_t total = 0;
    while (!parts.empty()) {
      const Part part = take_part();
      total += known ? count_known(part.range) : count_rows(part.range);
    }
    return total;
  }

  EntryCursor open_rows_to_count(const SequenceRange& stretch) const {
    return view.entries(stretch, Order::oldest_first, predicate.fields(),
                        predicate.needs_payload());
  }

  std::uint64_t count_rows(const SequenceRange& stretch) {
    std::uint64_t total = 0;
    for (EntryCursor all = open_rows_to_count(stretch); all.next();) {
      ++statistics.rows_read;
      if (predicate.matches(all.entry())) ++total;
    }
    return total;
  }

  std::uint64_t count_known(const SequenceRange& stretch) {
    query::EntrySet unsure = known->maybe;
    unsure.drop(known->sure);
    if (unsure.count() > stretch.count() / kDense) return count_rows(stretch);
    std::uint64_t total = known->sure.count();
    if (unsure.empty()) return total;
    EntryCursor single = open_rows_to_count({0, 0});
    for (auto number = unsure.first_from(0); number; number = unsure.first_from(*number + 1)) {
      ++statistics.rows_read;
      if (single.seek(known_first + *number) && predicate.matches(single.entry())) ++total;
    }
    return total;
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

}  // namespace audit
