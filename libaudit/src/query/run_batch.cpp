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

// Ids of one kind, the run each belongs to, and which are new since they were last asked about.
class KnownIds {
 public:
  void add(std::string_view id, std::size_t run) {
    if (id.empty()) return;
    const auto [at, is_new] = runs_.try_emplace(std::string(id), run);
    if (is_new) {
      fresh_.emplace(id);
    } else if (at->second != run) {
      at->second = kSeveral;
    }
  }

  void add_elsewhere(std::string_view id) { runs_.insert_or_assign(std::string(id), kSeveral); }

  // Nothing for an id that is not known, or that several runs have.
  [[nodiscard]] std::optional<std::size_t> run_of(std::string_view id) const {
    const auto at = runs_.find(std::string(id));
    if (at == runs_.end() || at->second == kSeveral) return std::nullopt;
    return at->second;
  }

  [[nodiscard]] bool has(std::string_view id) const { return runs_.contains(std::string(id)); }

  [[nodiscard]] Ids take_fresh() { return std::exchange(fresh_, {}); }

  [[nodiscard]] bool has_fresh() const { return !fresh_.empty(); }

 private:
  static constexpr std::size_t kSeveral = SIZE_MAX;

  std::unordered_map<std::string, std::size_t> runs_;
  Ids fresh_;
};

using TakeRun = std::function<bool(const RunKey&, const RunEntries&, bool is_cut)>;

class BatchReader {
 public:
  BatchReader(RunReader& reader, std::span<const RunKey> runs) : reader_(reader) {
    for (std::size_t run = 0; run < runs.size(); ++run) {
      (runs[run].field == Field::session ? sessions_ : asked_traces_).add(runs[run].id, run);
    }
    batch_.resize(runs.size());
  }

  std::vector<RunEntries> read() {
    read_sessions();
    read_traces();
    for (int round = 0; round < kMaxRounds && has_fresh(); ++round) read_what_is_about();
    for (RunEntries& entries : batch_) sort_by_time(entries);
    return std::move(batch_);
  }

 private:
  void read_sessions() {
    for (RunEntry& entry : reader_.read(Field::session, sessions_.take_fresh())) {
      const std::size_t run = *sessions_.run_of(entry.text(Field::session));
      traces_.add(entry.text(Field::trace), run);
      give(std::move(entry), run);
    }
  }

  // A trace may hold entries of other sessions, too: these are another run's, unless it was asked for.
  void read_traces() {
    take_traces(asked_traces_, {});
    take_traces(traces_, [](const Envelope& envelope) { return !envelope.has(Field::session); });
  }

  void take_traces(KnownIds& traces, const RunReader::Wanted& wanted) {
    for (RunEntry& entry : reader_.read(Field::trace, traces.take_fresh(), wanted)) {
      const auto run = traces.run_of(entry.text(Field::trace));
      if (run) give(std::move(entry), *run);
    }
  }

  [[nodiscard]] bool has_fresh() const {
    return calls_.has_fresh() || events_.has_fresh() || named_.has_fresh();
  }

  void read_what_is_about() {
    const Ids calls = calls_.take_fresh();
    const Ids events = events_.take_fresh();
    const Ids named = named_.take_fresh();
    RunEntries found =
        reader_.read({{Field::tool_call_id, calls},
                      {Field::links, events},
                      {Field::parent, events},
                      {Field::event_id, named}},
                     [this](const Envelope& e) { return run_named_by(e).has_value(); });
    doubt_calls(found);
    for (RunEntry& entry : found) {
      const auto run = run_named_by(entry.envelope);
      if (run) give(std::move(entry), *run);
    }
  }

  // A call's id that another run has, too, says nothing of where a stray belongs.
  void doubt_calls(const RunEntries& found) {
    Ids strays;
    for (const RunEntry& entry : found) {
      const std::string_view call = entry.text(Field::tool_call_id);
      if (has_no_run(entry.envelope) && calls_.run_of(call)) strays.emplace(call);
    }
    (void)reader_.read(Field::tool_call_id, strays, [this](const Envelope& envelope) {
      if (!has_no_run(envelope) && !is_of_batch(envelope)) {
        calls_.add_elsewhere(envelope.text(Field::tool_call_id));
      }
      return false;
    });
  }

  [[nodiscard]] bool is_of_batch(const Envelope& envelope) const {
    return sessions_.has(envelope.text(Field::session)) ||
           traces_.has(envelope.text(Field::trace)) ||
           asked_traces_.has(envelope.text(Field::trace));
  }

  // The run that an entry of no run names; an entry of another one names it by its links only.
  [[nodiscard]] std::optional<std::size_t> run_named_by(const Envelope& envelope) const {
    for (const std::string_view link : texts_of(envelope, Field::links)) {
      if (const auto run = events_.run_of(link)) return run;
    }
    if (!has_no_run(envelope)) return std::nullopt;
    if (const auto run = calls_.run_of(envelope.text(Field::tool_call_id))) return run;
    if (const auto run = events_.run_of(envelope.text(Field::parent))) return run;
    return named_.run_of(envelope.text(Field::event_id));
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
    batch_[run].push_back(std::move(entry));
  }

  RunReader& reader_;
  KnownIds sessions_;
  KnownIds asked_traces_;
  KnownIds traces_;  // of the sessions
  KnownIds calls_;
  KnownIds events_;
  KnownIds named_;  // as a parent, or by a link
  std::vector<RunEntries> batch_;
};

bool read_halved(std::span<const LedgerView> ledgers, std::span<const RunKey> runs,
                 std::size_t most, const TakeRun& take) {
  RunReader reader(ledgers, most);
  std::vector<RunEntries> read = read_runs(reader, runs);
  if (reader.is_cut() && runs.size() > 1) {
    read = {};
    const std::size_t half = runs.size() / 2;
    return read_halved(ledgers, runs.first(half), most, take) &&
           read_halved(ledgers, runs.subspan(half), most, take);
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (!take(runs[i], read[i], reader.is_cut())) return false;
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

std::vector<RunEntries> read_runs(RunReader& reader, std::span<const RunKey> runs) {
  return BatchReader(reader, runs).read();
}

void read_each(std::span<const LedgerView> ledgers, std::span<const RunKey> runs, std::size_t most,
               const TakeRun& take) {
  if (!runs.empty()) (void)read_halved(ledgers, runs, most, take);
}

void sort_by_time(RunEntries& entries) {
  std::sort(entries.begin(), entries.end(), [](const RunEntry& a, const RunEntry& b) {
    return a.when != b.when ? a.when < b.when : a.place < b.place;
  });
}

}  // namespace audit::query
