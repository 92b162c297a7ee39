#include "query/call_filter.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include "query/decision.hpp"
#include "query/joined.hpp"
#include "query/membership.hpp"
#include "query/steps.hpp"

namespace audit::query {

namespace {

using match::WholeMeasure;

constexpr std::size_t kNoCall = std::numeric_limits<std::size_t>::max();

// So many answers are looked at ahead, for so many runs.
constexpr std::size_t kAhead = 2048;
constexpr std::size_t kRunsAhead = 256;

bool holds(const std::vector<match::TextValue>& values, std::string_view text) {
  return std::any_of(values.begin(), values.end(), [text](const match::TextValue& value) {
    return value.prefix ? text.starts_with(value.text) : text == value.text;
  });
}

bool has_gap(const Step& call, Gap::Kind kind) {
  return std::any_of(call.gaps.begin(), call.gaps.end(),
                     [kind](const Gap& gap) { return gap.kind == kind; });
}

// Before it had run.
bool was_approved(const Step& call) {
  return std::any_of(call.decided.begin(), call.decided.end(),
                     [](const Step::State& state) { return state.word == "granted"; }) &&
         !has_gap(call, Gap::Kind::approved_late);
}

bool was_denied(const Step& call) {
  std::string_view holds;
  for (const Step::State& state : call.decided) {
    if (outweighs(state.word, holds)) holds = state.word;
  }
  return is_no(holds);
}

bool truth_of(const Step& call, WholeMeasure measure) {
  switch (measure) {
    case WholeMeasure::call_requested:
      return call.requested.has_value();
    case WholeMeasure::call_approved:
      return was_approved(call);
    case WholeMeasure::call_denied:
      return was_denied(call);
    default:
      return call.executed.has_value() && call.executed->word != "denied";
  }
}

bool holds(const match::OfWhole& test, const Step& call) {
  switch (test.measure) {
    case WholeMeasure::call_by:
      return std::any_of(call.decided.begin(), call.decided.end(), [&](const Step::State& state) {
        return !state.by.empty() && holds(test.texts, state.by);
      });
    case WholeMeasure::call_outcome:
      return call.executed && holds(test.texts, call.executed->word);
    case WholeMeasure::call_gap:
      return std::any_of(call.gaps.begin(), call.gaps.end(),
                         [&](const Gap& gap) { return holds(test.texts, to_string(gap.kind)); });
    default:
      break;
  }
  const std::int64_t truth = truth_of(call, test.measure) ? 1 : 0;
  return std::any_of(test.any_of.begin(), test.any_of.end(), [truth](const match::Range& range) {
    return range.first <= truth && truth <= range.last;
  });
}

bool holds(const match::Node& node, const Step& call) {
  const auto each = [&](const match::NodePtr& part) { return holds(*part, call); };
  if (const auto* all = std::get_if<match::AllOf>(&node.what)) {
    return std::all_of(all->parts.begin(), all->parts.end(), each);
  }
  if (const auto* any = std::get_if<match::AnyOf>(&node.what)) {
    return std::any_of(any->parts.begin(), any->parts.end(), each);
  }
  if (const auto* no = std::get_if<match::Not>(&node.what)) return !holds(*no->part, call);
  const auto* test = std::get_if<match::OfWhole>(&node.what);
  return test != nullptr && holds(*test, call);
}

}  // namespace

CallFilter::CallFilter(const LedgerView& view, const Query& question, const SearchOptions& options)
    : view_(view),
      question_(question),
      options_({.limit = kAhead,
                .order = options.order,
                .wanted = {Field::session, Field::trace},
                .with_payload = false,
                .system_entries = options.system_entries,
                .range = options.range,
                .use_index = options.use_index}),
      ledgers_(options.beside.empty() ? std::span(&view, 1) : options.beside),
      ledger_(static_cast<std::size_t>(&view - ledgers_.data())),
      finder_(ledgers_) {}

bool CallFilter::passes(std::uint64_t seq) {
  const Place place{ledger_, seq};
  if (!call_of_.contains(place)) read_from(seq);
  const auto call = call_of_.find(place);
  return call != call_of_.end() && call->second != kNoCall &&
         holds(*question_.calls(), calls_[call->second]);
}

// The runs of the answer `seq` and of some behind it.
std::vector<RunKey> CallFilter::runs_from(std::uint64_t seq) {
  SearchOptions ahead = options_;
  (ahead.order == Order::newest_first ? ahead.range.last : ahead.range.first) =
      ahead.order == Order::newest_first ? seq + 1 : seq;
  std::set<RunKey> runs;
  Search search(view_, question_.about_entries(), ahead);
  for (bool is_first = true; runs.size() < kRunsAhead && search.next(); is_first = false) {
    auto run = finder_.run_of(search.entry().envelope);
    // What is in no run is looked for by its links.
    if (is_first && !run) return {};
    if (run) runs.insert(std::move(*run));
  }
  return {runs.begin(), runs.end()};
}

void CallFilter::read_from(std::uint64_t seq) {
  const Place place{ledger_, seq};
  const std::vector<RunKey> runs = runs_from(seq);
  // What is in no run does not take the place of runs that were read ahead.
  if (!runs.empty() || call_of_.size() > kMaxTraceEntries) {
    calls_.clear();
    call_of_.clear();
  }
  RunReader reader(ledgers_, kMaxTraceEntries);
  if (!runs.empty()) {
    for (const RunEntries& entries : read_runs(reader, runs)) take_calls(entries);
  }
  if (reader.is_cut()) {
    calls_.clear();
    call_of_.clear();
  }
  if (!call_of_.contains(place)) {
    take_calls(members_around(ledgers_, place, kMaxTraceEntries).entries);
  }
  call_of_.emplace(place, kNoCall);  // of a run cut off before it: it is not read again and again
}

void CallFilter::take_calls(const RunEntries& entries) {
  for (const Group& group : join(entries)) {
    const bool is_call = family_of(main_entry(entries, group)) == Family::action;
    for (const std::uint32_t i : group) {
      call_of_.emplace(entries[i].place, is_call ? calls_.size() : kNoCall);
    }
    if (is_call) calls_.push_back(make_step(entries, group));
  }
}

}  // namespace audit::query
