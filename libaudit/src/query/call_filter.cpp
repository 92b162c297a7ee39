#include "query/call_filter.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <utility>

#include "query/about_calls.hpp"
#include "query/call_test.hpp"
#include "query/membership.hpp"
#include "query/steps.hpp"

namespace audit::query {

namespace {

// So many answers are looked at ahead, for so many runs.
constexpr std::size_t kAhead = 2048;
constexpr std::size_t kRunsAhead = 256;

// Entries whose answers are remembered.
constexpr std::size_t kMostJudged = 400'000;

// Of a long run, where all answers ahead together lead to too much.
constexpr std::size_t kFewTogether = 16;

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
  if (!judged_.contains(seq)) read_from(seq);
  const Judgement judged = judged_[seq];
  if (judged.read != Read::run) ++judged_by_ids_;
  if (judged.read == Read::nothing) ++not_judged_;
  return judged.passes;
}

void CallFilter::read_from(std::uint64_t seq) {
  // What is known is forgotten, or it would grow with the ledger.
  if (judged_.size() > kMostJudged) {
    judged_.clear();
    read_.clear();
  }
  const std::vector<Ahead> answers = answers_from(seq);
  if (answers.empty() || !answers.front().run) {
    const Run run = members_around(ledgers_, {ledger_, seq}, kMaxTraceEntries).whole;
    judge(run.entries, join(run.entries), run.doubtful);
  } else {
    read_runs_of(answers);
    read_long_runs_of(answers);
  }
  keep(seq, false);  // what is still unknown is about no call
}

// The answer `seq`, and of those behind it the ones of some runs that are not read yet.
std::vector<CallFilter::Ahead> CallFilter::answers_from(std::uint64_t seq) {
  SearchOptions ahead = options_;
  (ahead.order == Order::newest_first ? ahead.range.last : ahead.range.first) =
      ahead.order == Order::newest_first ? seq + 1 : seq;
  std::vector<Ahead> answers;
  std::set<RunKey> runs;
  Search search(view_, question_.about_entries(), ahead);
  while (runs.size() < kRunsAhead && !options_.is_stopped() && search.next()) {
    auto run = finder_.run_of(search.entry().envelope);
    const bool is_first = answers.empty();
    // What is in no run is looked for by its links, when it is its turn.
    if (!is_first && (!run || read_.contains(*run))) continue;
    answers.push_back({search.entry().seq, run});
    if (!run || read_.contains(*run)) break;
    runs.insert(std::move(*run));
  }
  return answers;
}

void CallFilter::read_runs_of(const std::vector<Ahead>& answers) {
  std::vector<RunKey> runs;  // that of the answer in hand first
  std::set<RunKey> known = long_runs_;
  for (const Ahead& answer : answers) {
    if (!read_.contains(*answer.run) && known.insert(*answer.run).second) {
      runs.push_back(*answer.run);
    }
  }
  read_each(ledgers_, runs, kMaxTraceEntries, options_.stop,
            [this](const RunKey& key, const Run& run) {
              if (run.is_cut) {
                long_runs_.insert(key);
              } else {
                judge(run.entries, join(run.entries), run.doubtful);
                read_.insert(key);
              }
              return !options_.is_stopped();
            });
}

void CallFilter::read_long_runs_of(const std::vector<Ahead>& answers) {
  std::vector<Place> places;
  for (const Ahead& answer : answers) {
    if (hopeless_.contains(*answer.run)) {
      note(answer.seq, Read::nothing);
    } else if (long_runs_.contains(*answer.run)) {
      places.push_back({ledger_, answer.seq});
    }
  }
  if (places.empty() || options_.is_stopped()) return;
  AboutCalls about = read_about_calls(ledgers_, places, options_.stop);
  if (about.is_cut) {
    // Ids that everything shares: perhaps only some of the answers have such.
    places.resize(std::min<std::size_t>(places.size(), kFewTogether));
    about = read_about_calls(ledgers_, places, options_.stop);
  }
  if (about.is_cut && answers.front().run) hopeless_.insert(*answers.front().run);
  if (!about.is_cut) judge(about.entries, join_by_ids(about.entries), {});
  for (const Place& place : places) {
    note(place.seq, about.is_cut ? Read::nothing : Read::ids);
  }
}

void CallFilter::judge(const RunEntries& entries, const std::vector<Group>& groups,
                       const Ids& doubtful) {
  std::vector<Step> calls;
  std::vector<const Group*> of_call;
  for (const Group& group : groups) {
    if (family_of(main_entry(entries, group)) != Family::action) continue;
    calls.push_back(make_step(entries, group));
    of_call.push_back(&group);
  }
  mark_shared_ids(calls, doubtful);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const bool passes = holds_of_call(*question_.calls(), calls[i]);
    for (const std::uint32_t entry : *of_call[i]) {
      if (entries[entry].place.ledger == ledger_) keep(entries[entry].place.seq, passes);
    }
  }
  for (const RunEntry& entry : entries) {
    if (entry.place.ledger == ledger_) keep(entry.place.seq, false);
  }
}

// What was said first holds: an entry shown in a run that it only links to is judged in its own.
void CallFilter::keep(std::uint64_t seq, bool passes) {
  judged_.emplace(seq, Judgement{passes, Read::run});
}

void CallFilter::note(std::uint64_t seq, Read read) { judged_[seq].read = read; }

}  // namespace audit::query
