#include "query/parts.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace audit::query {

namespace {

using match::Node;
using match::NodePtr;

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

void keep_range(Part& part) {
  EntrySet wanted(part.known->maybe.size());
  wanted.add_range(static_cast<std::uint32_t>(part.range.first - part.known_first),
                   static_cast<std::uint32_t>(part.range.last - part.known_first));
  part.known->sure.keep(wanted);
  part.known->maybe.keep(wanted);
}

}  // namespace

bool hides_system_entries(const Query& question, const SearchOptions& options) {
  return !options.system_entries && !question.asks_for_system_entries();
}

SequenceRange range_of(const LedgerView& view, const Query& question,
                       const SearchOptions& options) {
  const std::uint64_t last = std::min(options.range.last, view.size());
  return narrowed({std::min(options.range.first, last), last}, question.root());
}

Parts::Parts(const LedgerView& view, SequenceRange range, const SearchOptions& options,
             SearchStatistics& statistics)
    : view_(view), range_(range), explains_(options.explain), statistics_(statistics) {
  statistics.index_asked = options.use_index && range.count() > kFewRows;
  if (statistics.index_asked) {
    index_ = ledger::IndexView::open(view, statistics.index_note, options.check_index);
  }
  if (index_) statistics.indexed = index_->watermark();
  if (statistics.index_asked) statistics.not_indexed = view.size() - statistics.indexed;
  const std::size_t segments = index_ ? index_->segment_count() : 0;
  for (std::size_t i = 0; i < segments; ++i) add(index_->range(i), i);
  for (std::uint64_t first = statistics.indexed; first < view.size(); first += kStretch) {
    add({first, std::min(first + kStretch, view.size())}, Part::kNoSegment);
  }
  if (options.order == Order::oldest_first) std::reverse(parts_.begin(), parts_.end());
}

void Parts::add(const SequenceRange& whole, std::size_t segment) {
  const SequenceRange part{std::max(whole.first, range_.first), std::min(whole.last, range_.last)};
  if (part.first >= part.last) return;
  Part& added = parts_.emplace_back();
  added.range = part;
  added.segment = segment;
}

Part Parts::take(const match::Node* question) {
  Part part = std::move(parts_.back());
  parts_.pop_back();
  if (part.segment == Part::kNoSegment) return part;
  try {
    const IndexSegment segment = index_->identity(part.segment);
    part.known = look_up(question, *index_, part.segment);
    doubt_erased(part);
    statistics_.index_segments.push_back(segment);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;
    part.known.reset();
    statistics_.index_note = error.message();
    return part;
  }
  const SequenceRange whole = index_->range(part.segment);
  part.known_first = whole.first;
  if (part.range.count() < whole.count()) keep_range(part);
  if (explains_) explain(*part.known);
  return part;
}

void Parts::explain(const Known& known) {
  ++statistics_.segments;
  const std::uint32_t sure = known.sure.count();
  statistics_.sure += sure;
  statistics_.unsure += known.maybe.count() - sure;
}

// What was erased after the index was written it still says of the entry, or says no more of it:
// the entry itself is asked.
void Parts::doubt_erased(Part& part) {
  index_->erased_since(view_, part.segment, erased_);
  if (erased_.empty()) return;
  EntrySet doubtful(part.known->maybe.size());
  doubtful.add(erased_);
  part.known->sure.drop(doubtful);
  part.known->maybe.add(doubtful);
}

}  // namespace audit::query
