#include "query/run_batch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace audit::query {

namespace {

// Whoever follows what is about what is about an event reaches the end long before.
constexpr int kMaxRounds = 64;

bool has_no_run(const Envelope& envelope) {
  return !envelope.has(Field::session) && !envelope.has(Field::trace);
}

// All texts of a field: one, or those of a list.
std::vector<std::string_view> texts_of(const Envelope& envelope, Field field) {
  std::vector<std::string_view> texts;
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const Envelope::Value value = envelope.at(i);
    if (value.field == field && value.kind == ValueKind::text) texts.push_back(value.text);
  }
  return texts;
}

// Ids of one kind, the runs each belongs to, and which are new since they were last asked about.
class KnownIds {
 public:
  void add(std::string_view id, std::size_t run) {
    if (id.empty()) return;
    const auto [at, is_new] = runs_.try_emplace(std::string(id));
    std::vector<std::size_t>& runs = at->second.runs;
    if (is_new) fresh_.emplace(id);
    if (std::find(runs.begin(), runs.end(), run) == runs.end()) runs.push_back(run);
  }

  // Some run that is not read has the id, too.
  void add_elsewhere(std::string_view id) {
    const auto at = runs_.find(std::string(id));
    if (at != runs_.end()) at->second.is_elsewhere = true;
  }

  // Notes that it matters whether another run has the id, once for each that one run is known to have.
  void ask(std::string_view id) {
    const auto at = runs_.find(std::string(id));
    if (at == runs_.end() || is_shared(at->second) || std::exchange(at->second.is_asked, true)) {
      return;
    }
    asked_.emplace(id);
  }

  [[nodiscard]] Ids take_asked() { return std::exchange(asked_, {}); }

  // Nothing for an id that is not known, or that several runs have.
  [[nodiscard]] std::optional<std::size_t> run_of(std::string_view id) const {
    const auto at = runs_.find(std::string(id));
    if (at == runs_.end() || is_shared(at->second)) return std::nullopt;
    return at->second.runs.front();
  }

  // Of an id that several runs have: those that are read.
  [[nodiscard]] std::span<const std::size_t> sharing(std::string_view id) const {
    const auto at = runs_.find(std::string(id));
    if (at == runs_.end() || !is_shared(at->second)) return {};
    return at->second.runs;
  }

  [[nodiscard]] bool has(std::string_view id) const { return runs_.contains(std::string(id)); }

  [[nodiscard]] Ids take_fresh() { return std::exchange(fresh_, {}); }

  [[nodiscard]] bool has_fresh() const { return !fresh_.empty(); }

 private:
  struct Owners {
    std::vector<std::size_t> runs;
    bool is_elsewhere = false;
    bool is_asked = false;
  };

  static bool is_shared(const Owners& owners) {
    return owners.is_elsewhere || owners.runs.size() > 1;
  }

  std::unordered_map<std::string, Owners> runs_;
  Ids fresh_;
  Ids asked_;
};

// Runs of one kind: sessions share no entries with each other, and neither do traces.
class BatchReader {
 public:
  BatchReader(RunReader& reader, std::span<const RunKey> runs) : reader_(reader) {
    for (std::size_t run = 0; run < runs.size(); ++run) {
      (runs[run].field == Field::session ? sessions_ : asked_traces_).add(runs[run].id, run);
    }
    batch_.resize(runs.size());
  }

  std::vector<Run> read() {
    read_sessions();
    read_traces();
    for (int round = 0; round < kMaxRounds && has_fresh(); ++round) read_what_is_about();
    note_doubts();
    copy_linked();
    for (Run& run : batch_) {
      sort_by_time(run.entries);
      run.is_cut = reader_.is_cut() || has_fresh();
    }
    return std::move(batch_);
  }

 private:
  void read_sessions() {
    for (RunEntry& entry : reader_.read(Field::session, sessions_.take_fresh())) {
      const std::size_t run = sessions_.run_of(entry.text(Field::session)).value();
      traces_.add(entry.text(Field::trace), run);
      give(std::move(entry), run);
    }
  }

  void read_traces() {
    for (RunEntry& entry : reader_.read(Field::trace, asked_traces_.take_fresh())) {
      give(std::move(entry), asked_traces_.run_of(entry.text(Field::trace)).value());
    }
    // What carries a trace and no session is that session's which the trace is of, if it is of one.
    RunEntries found =
        reader_.read(Field::trace, traces_.take_fresh(), [this](const Envelope& envelope) {
          if (!envelope.has(Field::session)) return true;
          if (!sessions_.has(envelope.text(Field::session))) {
            traces_.add_elsewhere(envelope.text(Field::trace));
          }
          return false;
        });
    for (RunEntry& entry : found) {
      const std::string_view trace = entry.text(Field::trace);
      const auto run = traces_.run_of(trace);
      if (run) {
        give(std::move(entry), *run);
      } else {
        doubt(traces_, trace);
      }
    }
  }

  [[nodiscard]] bool has_fresh() const {
    return calls_.has_fresh() || events_.has_fresh() || named_.has_fresh();
  }

  void read_what_is_about() {
    const Ids calls = calls_.take_fresh();
    const Ids events = events_.take_fresh();
    const Ids named = named_.take_fresh();
    RunEntries found = reader_.read({{Field::tool_call_id, calls},
                                     {Field::links, events},
                                     {Field::parent, events},
                                     {Field::event_id, named}},
                                    [this](const Envelope& e) { return names_run(e); });
    std::move(found.begin(), found.end(), std::back_inserter(undecided_));
    look_elsewhere();
    RunEntries still;
    for (RunEntry& entry : std::exchange(undecided_, {})) {
      const auto run = run_named_by(entry.envelope);
      if (run) {
        give(std::move(entry), *run);
      } else {
        still.push_back(std::move(entry));
      }
    }
    undecided_ = std::move(still);
  }

  // An id that another run has, too, says nothing of where a stray belongs.
  void look_elsewhere() {
    for (const RunEntry& entry : undecided_) {
      each_name(entry.envelope, [](KnownIds& ids, std::string_view id) { ids.ask(id); });
    }
    look_elsewhere(Field::tool_call_id, calls_.take_asked(), calls_);
    look_elsewhere(Field::event_id, events_.take_asked(), events_);
    const Ids named = named_.take_asked();
    look_elsewhere(Field::parent, named, named_);
    look_elsewhere(Field::links, named, named_);
  }

  void look_elsewhere(Field field, const Ids& wanted, KnownIds& known) {
    (void)reader_.read(field, wanted, [&](const Envelope& envelope) {
      if (!has_no_run(envelope) && !is_of_batch(envelope)) {
        for (const std::string_view id : texts_of(envelope, field)) known.add_elsewhere(id);
      }
      return false;
    });
  }

  [[nodiscard]] bool is_of_batch(const Envelope& envelope) const {
    return sessions_.has(envelope.text(Field::session)) ||
           traces_.has(envelope.text(Field::trace)) ||
           asked_traces_.has(envelope.text(Field::trace));
  }

  // Calls take(ids, id) for what an entry names of runs; one of another run does by its links only.
  template <class Take>
  void each_name(const Envelope& envelope, Take take) {
    for (const std::string_view link : texts_of(envelope, Field::links)) take(events_, link);
    if (!has_no_run(envelope)) return;
    take(calls_, envelope.text(Field::tool_call_id));
    take(events_, envelope.text(Field::parent));
    take(named_, envelope.text(Field::event_id));
  }

  [[nodiscard]] bool names_run(const Envelope& envelope) {
    bool names = false;
    each_name(envelope,
              [&](const KnownIds& ids, std::string_view id) { names = names || ids.has(id); });
    return names;
  }

  [[nodiscard]] std::optional<std::size_t> run_named_by(const Envelope& envelope) {
    std::optional<std::size_t> run;
    each_name(envelope, [&](const KnownIds& ids, std::string_view id) {
      if (!run) run = ids.run_of(id);
    });
    return run;
  }

  void give(RunEntry entry, std::size_t run) {
    // What is about another run's entry is that run's matter.
    const bool is_own = has_no_run(entry.envelope) || is_of_batch(entry.envelope);
    if (is_own) {
      calls_.add(entry.text(Field::tool_call_id), run);
      events_.add(entry.text(Field::event_id), run);
      named_.add(entry.text(Field::parent), run);
      for (const std::string_view link : texts_of(entry.envelope, Field::links)) {
        named_.add(link, run);
      }
    }
    batch_[run].entries.push_back(std::move(entry));
  }

  void note_doubts() {
    for (const RunEntry& entry : undecided_) {
      each_name(entry.envelope, [&](const KnownIds& ids, std::string_view id) { doubt(ids, id); });
    }
  }

  void doubt(const KnownIds& ids, std::string_view id) {
    for (const std::size_t run : ids.sharing(id)) batch_[run].doubtful.emplace(id);
  }

  // What links to an event of another run is shown there, too, be that run read with it or alone.
  void copy_linked() {
    Ids links;
    each_link_between(
        [&](std::size_t, const RunEntry&, std::string_view link) { links.emplace(link); });
    look_elsewhere(Field::event_id, links, events_);
    std::set<std::pair<std::size_t, Place>> done;
    std::vector<std::pair<std::size_t, RunEntry>> copies;
    each_link_between([&](std::size_t other, const RunEntry& entry, std::string_view) {
      if (done.emplace(other, entry.place).second) copies.emplace_back(other, entry);
    });
    for (auto& [run, entry] : copies) batch_[run].entries.push_back(std::move(entry));
  }

  template <class Take>
  void each_link_between(Take take) const {
    for (std::size_t run = 0; run < batch_.size(); ++run) {
      for (const RunEntry& entry : batch_[run].entries) {
        if (has_no_run(entry.envelope) || !is_of_batch(entry.envelope)) continue;
        for (const std::string_view link : texts_of(entry.envelope, Field::links)) {
          const auto other = events_.run_of(link);
          if (other && *other != run) take(*other, entry, link);
        }
      }
    }
  }

  RunReader& reader_;
  KnownIds sessions_;
  KnownIds asked_traces_;
  KnownIds traces_;  // of the sessions
  KnownIds calls_;
  KnownIds events_;
  KnownIds named_;  // as a parent, or by a link
  RunEntries undecided_;
  std::vector<Run> batch_;
};

using TakeRun = std::function<bool(const RunKey&, const Run&)>;

bool read_halved(std::span<const LedgerView> ledgers, std::span<const RunKey> runs,
                 std::size_t most, const std::atomic<bool>* stop, const TakeRun& take) {
  RunReader reader(ledgers, most, stop);
  std::vector<Run> read = read_runs(reader, runs);
  if (stop != nullptr && *stop) return false;
  if (reader.is_cut() && runs.size() > 1) {
    read = {};
    const std::size_t half = runs.size() / 2;
    return read_halved(ledgers, runs.first(half), most, stop, take) &&
           read_halved(ledgers, runs.subspan(half), most, stop, take);
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (!take(runs[i], read[i])) return false;
  }
  return true;
}

}  // namespace

std::optional<RunKey> RunFinder::run_of(const Envelope& envelope) {
  const std::string_view session = envelope.text(Field::session);
  if (!session.empty()) return RunKey{Field::session, std::string(session)};
  const std::string_view trace = envelope.text(Field::trace);
  if (trace.empty()) return std::nullopt;
  const auto known = of_trace_.find(trace);
  if (known != of_trace_.end()) return known->second;
  return of_trace_.emplace(trace, run_of_trace(trace)).first->second;
}

RunKey RunFinder::run_of_trace(std::string_view trace) const {
  std::set<std::string, std::less<>> sessions;
  RunReader reader(ledgers_, 1);
  (void)reader.read(Field::trace, {std::string(trace)}, [&sessions](const Envelope& envelope) {
    const std::string_view session = envelope.text(Field::session);
    if (!session.empty()) sessions.emplace(session);
    return false;
  });
  if (sessions.size() == 1) return {Field::session, *sessions.begin()};
  return {Field::trace, std::string(trace)};
}

std::vector<Run> read_runs(RunReader& reader, std::span<const RunKey> runs) {
  std::vector<Run> batch(runs.size());
  for (const Field field : {Field::session, Field::trace}) {
    std::vector<RunKey> keys;
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (runs[i].field != field) continue;
      keys.push_back(runs[i]);
      numbers.push_back(i);
    }
    if (keys.empty()) continue;
    std::vector<Run> read = BatchReader(reader, keys).read();
    for (std::size_t i = 0; i < keys.size(); ++i) batch[numbers[i]] = std::move(read[i]);
    reader.forget_given();  // a trace may have entries of sessions
  }
  return batch;
}

void read_each(std::span<const LedgerView> ledgers, std::span<const RunKey> runs, std::size_t most,
               const std::atomic<bool>* stop, const TakeRun& take) {
  if (!runs.empty()) (void)read_halved(ledgers, runs, most, stop, take);
}

// What says no time of its own happened, as far as anybody knows, when its neighbour in the order of
// the ledger did: the one before it, else the one behind it. Where nothing says one, receipt is all
// there is.
void place_untimed(RunEntries& entries) {
  const auto is_timed = [](const RunEntry& entry) { return entry.envelope.has(Field::time); };
  const auto timed = std::count_if(entries.begin(), entries.end(), is_timed);
  if (timed == 0 || timed == std::ssize(entries)) return;
  std::sort(entries.begin(), entries.end(),
            [](const RunEntry& a, const RunEntry& b) { return a.place < b.place; });
  auto neighbour = std::find_if(entries.begin(), entries.end(), is_timed);
  for (RunEntry& entry : entries) {
    const bool is_of_ledger = neighbour->place.ledger == entry.place.ledger;
    if (is_timed(entry)) {
      neighbour = entries.begin() + (&entry - entries.data());
    } else if (is_of_ledger) {
      entry.when = neighbour->when;
    }
  }
}

void sort_by_time(RunEntries& entries) {
  place_untimed(entries);
  std::sort(entries.begin(), entries.end(), [](const RunEntry& a, const RunEntry& b) {
    return a.when != b.when ? a.when < b.when : a.place < b.place;
  });
}

}  // namespace audit::query
