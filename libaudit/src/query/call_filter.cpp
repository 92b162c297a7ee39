#include "query/call_filter.hpp"

#include <audit/error.hpp>

#include <limits>
#include <utility>

#include "query/about_calls.hpp"
#include "query/call_test.hpp"
#include "query/membership.hpp"
#include "query/steps.hpp"

namespace audit::query {

namespace {

constexpr std::size_t kNoCall = std::numeric_limits<std::size_t>::max();

// So many answers are looked at ahead, for so many runs.
constexpr std::size_t kAhead = 2048;
constexpr std::size_t kRunsAhead = 256;

std::size_t number_of(const LedgerView& view, std::span<const LedgerView> ledgers) {
  for (std::size_t i = 0; i < ledgers.size(); ++i) {
    if (&ledgers[i] == &view) return i;
  }
  throw Error(ErrorCode::invalid_argument, "the ledger that is searched is not among those beside",
              "put the very view into SearchOptions::beside");
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
                .use_index = options.use_index,
                .stop = options.stop}),
      ledgers_(options.beside.empty() ? std::span(&view, 1) : options.beside),
      ledger_(number_of(view, ledgers_)),
      finder_(ledgers_) {}

bool CallFilter::passes(std::uint64_t seq) {
  const Place place{ledger_, seq};
  if (!call_of_.contains(place)) read_from(seq);
  if (in_long_runs_.contains(place)) ++judged_by_ids_;
  const auto call = call_of_.find(place);
  return call != call_of_.end() && call->second != kNoCall &&
         holds_of_call(*question_.calls(), calls_[call->second]);
}

void CallFilter::read_from(std::uint64_t seq) {
  const Place place{ledger_, seq};
  const std::vector<Ahead> answers = answers_from(seq);
  // What is in no run does not take the place of runs that were read ahead.
  const bool is_stray = answers.empty() || !answers.front().run;
  if (!is_stray || call_of_.size() > kMaxTraceEntries) {
    calls_.clear();
    call_of_.clear();
    in_long_runs_.clear();
  }
  if (is_stray) {
    const RunEntries entries = members_around(ledgers_, place, kMaxTraceEntries).entries;
    take_calls(entries, join(entries));
  } else {
    read_runs_of(answers);
    read_long_runs_of(answers);
  }
  call_of_.emplace(place, kNoCall);  // what is still unknown is about no call
}

// The answer `seq`, and of those behind it the ones of some runs.
std::vector<CallFilter::Ahead> CallFilter::answers_from(std::uint64_t seq) {
  SearchOptions ahead = options_;
  (ahead.order == Order::newest_first ? ahead.range.last : ahead.range.first) =
      ahead.order == Order::newest_first ? seq + 1 : seq;
  std::vector<Ahead> answers;
  std::set<RunKey> runs;
  Search search(view_, question_.about_entries(), ahead);
  while (runs.size() < kRunsAhead && search.next()) {
    auto run = finder_.run_of(search.entry().envelope);
    // What is in no run is looked for by its links, when it is its turn.
    if (!run && !answers.empty()) continue;
    answers.push_back({{ledger_, search.entry().seq}, run});
    if (!run) break;
    runs.insert(std::move(*run));
  }
  return answers;
}

void CallFilter::read_runs_of(const std::vector<Ahead>& answers) {
  std::vector<RunKey> runs;  // that of the answer in hand first
  std::set<RunKey> known = long_runs_;
  for (const Ahead& answer : answers) {
    if (known.insert(*answer.run).second) runs.push_back(*answer.run);
  }
  read_each(ledgers_, runs, kMaxTraceEntries,
            [this](const RunKey& run, const RunEntries& entries, bool is_cut) {
              is_cut ? (void)long_runs_.insert(run) : take_calls(entries, join(entries));
              return call_of_.size() < kMaxTraceEntries;
            });
}

void CallFilter::read_long_runs_of(const std::vector<Ahead>& answers) {
  std::vector<Place> places;
  for (const Ahead& answer : answers) {
    if (long_runs_.contains(*answer.run)) places.push_back(answer.place);
  }
  if (places.empty()) return;
  AboutCalls about = read_about_calls(ledgers_, places);
  // Ids that everything shares: fewer answers at a time.
  while (about.is_cut && places.size() > 1) {
    places.resize(places.size() / 2);
    about = read_about_calls(ledgers_, places);
  }
  take_calls(about.entries, join_by_ids(about.entries));
  for (const Place& place : places) {
    call_of_.emplace(place, kNoCall);
    in_long_runs_.insert(place);
  }
}

void CallFilter::take_calls(const RunEntries& entries, const std::vector<Group>& groups) {
  for (const Group& group : groups) {
    const bool is_call = family_of(main_entry(entries, group)) == Family::action;
    for (const std::uint32_t i : group) {
      call_of_.emplace(entries[i].place, is_call ? calls_.size() : kNoCall);
    }
    if (is_call) calls_.push_back(make_step(entries, group));
  }
}

}  // namespace audit::query
