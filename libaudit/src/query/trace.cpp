#include "query/trace.hpp"

#include <audit/trace.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <utility>

#include "event/kind.hpp"
#include "query/joined.hpp"
#include "query/membership.hpp"
#include "query/step_tree.hpp"
#include "query/steps.hpp"

namespace audit::query {

namespace {

std::vector<std::string> values_of(const RunEntries& entries, Field field) {
  std::set<std::string, std::less<>> values;
  for (const RunEntry& entry : entries) {
    const std::string_view text = entry.text(field);
    if (!text.empty() && !values.contains(text)) values.emplace(text);
  }
  return {values.begin(), values.end()};
}

using Measure = std::optional<std::int64_t> Step::*;

bool is_session_mark(const Step& step) { return step.type.starts_with("session."); }

// What was used counts where it was spent: in the model calls with no model call within them; where
// no model call says anything, in whatever does and has nothing within that does; and what a session
// says of itself at its end only where nothing else says anything. So for each measure by itself: the
// calls may say tokens, and only the session what they cost.
class Usage {
 public:
  Usage(std::vector<Step>& steps, Measure measure)
      : steps_(steps), measure_(measure), counts_(steps.size()) {}

  // Calls take(step) for each step that counts.
  template <class Take>
  void each(Take take) {
    mark();
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (counts_[i]) take(steps_[i]);
    }
  }

 private:
  void mark() {
    if (mark_innermost([](const Step& step) { return step.type == "llm.call"; })) return;
    if (mark_innermost([](const Step& step) { return !is_session_mark(step); })) return;
    mark_last_of_sessions();
  }

  [[nodiscard]] bool reports(const Step& step) const { return (step.*measure_).has_value(); }

  template <class Which>
  bool mark_innermost(Which which) {
    bool any = false;
    for (std::size_t i = 0; i < steps_.size(); ++i) {  // those above come before
      counts_[i] = which(steps_[i]) && reports(steps_[i]);
      any |= counts_[i];
      if (counts_[i]) uncount_above(steps_[i]);
    }
    return any;
  }

  // What only comes before a step, and is named as its parent for that, does not hold it.
  void uncount_above(const Step& step) {
    // A log that names what came before as the parent may be one long chain.
    constexpr int kMostLevels = 256;
    int level = 0;
    for (const Step* at = &step; at->parent && level < kMostLevels; ++level) {
      const std::size_t number = *at->parent;
      const Step& above = steps_[number];
      at = &above;
      if (!counts_[number] || above.begin > step.begin || above.end < step.end) continue;
      counts_[number] = false;
      return;  // what holds that one was uncounted for it
    }
  }

  void mark_last_of_sessions() {
    std::set<std::string> counted;
    for (std::size_t i = steps_.size(); i-- > 0;) {
      if (reports(steps_[i])) counts_[i] = counted.insert(steps_[i].session).second;
    }
  }

  std::vector<Step>& steps_;
  Measure measure_;
  std::vector<bool> counts_;
};

bool has_failed(const Step& step) {
  const std::string_view end = step.executed ? step.executed->word : step.status;
  return end == "error" || end == "timeout" || (step.type == "error" && end.empty());
}

// A failure is passed on upwards, and written down as an error below: one step failed, the innermost.
std::uint64_t count_failures(const std::vector<Step>& steps) {
  std::uint64_t count = 0;
  std::vector<bool> failed_below(steps.size());
  for (std::size_t i = steps.size(); i-- > 0;) {  // what is below comes behind
    const bool is_told_above =
        steps[i].type == "error" && steps[i].parent && has_failed(steps[*steps[i].parent]);
    const bool fails = has_failed(steps[i]) && !is_told_above;
    if (fails && !failed_below[i]) ++count;
    if (steps[i].parent && (fails || failed_below[i])) failed_below[*steps[i].parent] = true;
  }
  return count;
}

// A total that would not fit stays at the most there is.
void add(std::int64_t& total, const std::optional<std::int64_t>& part) {
  if (part && __builtin_add_overflow(total, *part, &total)) {
    total = std::numeric_limits<std::int64_t>::max();
  }
}

void add_known(std::optional<std::int64_t>& total, const std::optional<std::int64_t>& part) {
  std::int64_t sum = total.value_or(0);
  add(sum, part);
  total = sum;
}

void add_cost(Trace& trace, const Step& step) {
  const std::string currency = step.currency.empty() ? "USD" : step.currency;
  if (trace.currency.empty()) trace.currency = currency;
  if (trace.currency != currency) trace.currency = "*";
  add(trace.cost_nano, step.cost_nano);
}

void add_usage(Trace& trace) {
  Usage(trace.steps, &Step::tokens_in).each([&](Step& step) {
    step.counts = true;
    add_known(trace.tokens_in, step.tokens_in);
  });
  Usage(trace.steps, &Step::tokens_out).each([&](Step& step) {
    step.counts = true;
    add_known(trace.tokens_out, step.tokens_out);
  });
  Usage(trace.steps, &Step::cost_nano).each([&](Step& step) {
    step.counts = true;
    add_cost(trace, step);
  });
}

bool is_human_decision(const Step::State& state) {
  return state.word == "granted" || state.word == "denied";
}

void add_step(Trace& trace, const Step& step) {
  if (step.type == "llm.call") ++trace.model_calls;
  // What was only asked for, or decided about, is no call.
  // What came back for a refused call is no run of it.
  if (step.is_action && step.executed && step.executed->word != "denied") ++trace.tool_calls;
  trace.human_decisions += static_cast<std::uint64_t>(
      std::count_if(step.decided.begin(), step.decided.end(), is_human_decision));
  if (step.type == "override" || step.type == "review") ++trace.human_decisions;
  trace.end = std::max(trace.end, step.end);
}

std::string highest_risk(const RunEntries& entries) {
  std::string_view highest;
  for (const RunEntry& entry : entries) {
    const std::string_view risk = entry.text(Field::risk);
    if (event::risk_rank(risk) > event::risk_rank(highest)) highest = risk;
  }
  return std::string(highest);
}

// Formats that never write down that a session has ended.
bool tells_no_end(std::string_view format) {
  constexpr std::array<std::string_view, 5> kFormats = {"codex", "codex-exec", "codex-app-server",
                                                        "mcp", "pi"};
  return std::find(kFormats.begin(), kFormats.end(), format) != kFormats.end();
}

// Sessions that say when they begin and not when they end.
std::vector<Gap> sessions_without_end(const RunEntries& entries) {
  std::set<std::string> open;
  for (const RunEntry& entry : entries) {
    const std::string session(entry.text(Field::session));
    const bool is_begin =
        entry.type() == "session.start" && !tells_no_end(entry.text(Field::format));
    if (is_begin) open.insert(session);
    if (entry.type() == "session.end" || entry.type() == "session.timeout") open.erase(session);
  }
  std::vector<Gap> gaps;
  for (const std::string& session : open) gaps.push_back({Gap::Kind::end_missing, session});
  return gaps;
}

// What the session says at its end, else what the one step says that holds all others.
std::string outcome_of(const Trace& trace) {
  const Step* only_top = nullptr;
  bool has_answer = false;
  std::size_t tops = 0;
  for (const Step& step : trace.steps) {
    if (step.type == "session.timeout") return "timeout";
    if (step.type == "session.end" && !step.status.empty()) return step.status;
    has_answer |= step.type == "final.output";
    if (step.parent) continue;
    ++tops;
    only_top = &step;
  }
  if (tops == 1 && !only_top->status.empty()) return only_top->status;
  return has_answer ? "ok" : std::string();
}

}  // namespace

Trace make_trace(std::string_view id, const Run& run) {
  const RunEntries& entries = run.entries;
  Trace trace;
  trace.id = id;
  trace.entries = entries.size();
  trace.sessions = values_of(entries, Field::session);
  trace.traces = values_of(entries, Field::trace);
  trace.agents = values_of(entries, Field::agent);
  trace.agent_versions = values_of(entries, Field::agent_version);
  trace.environments = values_of(entries, Field::environment);
  trace.steps = make_tree(entries, join(entries));
  mark_shared_ids(trace.steps, run.doubtful);
  add_usage(trace);
  trace.begin = entries.front().when;
  trace.is_begin_receipt = std::none_of(entries.begin(), entries.end(), [](const RunEntry& entry) {
    return entry.envelope.has(Field::time);
  });
  trace.end = entries.back().when;
  for (const Step& step : trace.steps) add_step(trace, step);
  trace.failures = count_failures(trace.steps);
  if (trace.currency == "*") trace.cost_nano = 0;
  trace.risk = highest_risk(entries);
  trace.gaps = sessions_without_end(entries);
  for (const std::string& trace_id : trace.traces) {
    if (run.doubtful.contains(trace_id)) trace.gaps.push_back({Gap::Kind::ambiguous, trace_id});
  }
  if (run.is_cut) trace.gaps.push_back({Gap::Kind::cut, std::string(id)});
  trace.outcome = outcome_of(trace);
  return trace;
}

}  // namespace audit::query

namespace audit {

std::optional<Trace> trace_of(std::span<const LedgerView> ledgers, std::string_view id) {
  query::Members members = query::find_members(ledgers, id, kMaxTraceEntries);
  if (members.whole.entries.empty()) return std::nullopt;
  Trace trace = query::make_trace(id, members.whole);
  trace.is_related = members.is_related;
  trace.also = members.also;
  for (std::size_t i = 0; members.asked && i < trace.steps.size(); ++i) {
    const std::vector<Place>& places = trace.steps[i].entries;
    if (std::find(places.begin(), places.end(), *members.asked) != places.end()) trace.asked = i;
  }
  return trace;
}

}  // namespace audit
