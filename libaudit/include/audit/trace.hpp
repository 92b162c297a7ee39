// audit/trace.hpp - a run from beginning to end: its entries joined into steps, the steps into a tree.
//
// What systems write about one step comes as several entries, from several writers, in any order, and
// some of it is missing. Here a call, the decision about it and its result become one step, each step
// stands below the one that caused it, and what should be there and is not becomes a gap.
//
// Place     ledger -> [query] -> export, report
// Threads   one thread at a time per view
// Errors    throws damaged, io of a ledger
//
//   const auto trace = audit::trace_of(views, "sess-2f1c-42");
//   if (!trace) return;                                    // no entry carries that id
//   for (const auto& step : trace->steps) print(step.depth, step.what, step.executed);
#pragma once

#include <audit/field.hpp>
#include <audit/ledger.hpp>
#include <audit/time.hpp>

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace audit {

// The most entries of one trace. Of a longer run it has so many: those of its session with the lowest
// numbers first, then those of its traces, then what is about them.
inline constexpr std::size_t kMaxTraceEntries = 50'000;

// An entry, and which of the ledgers it is in.
struct Place {
  std::size_t ledger = 0;
  std::uint64_t seq = 0;

  friend auto operator<=>(const Place&, const Place&) = default;
};

// What should be there and is not, or contradicts what is there.
struct Gap {
  enum class Kind : std::uint8_t {
    parent_missing,    // the step it stands below is not in the ledger
    call_missing,      // a result, and nothing that began
    result_missing,    // something began, and nothing says how it ended
    decision_missing,  // an approval was asked for and never answered
    end_missing,       // a session began and did not end
    not_approved,      // it ran, though an approval was needed and none was given
    approved_late,     // it was approved only after it had run
    denied,            // it ran, though it was refused in the end
    repeated,          // called more than once under one id: a decision may be about either
    ambiguous,         // another run has the id, too: what names nothing else was given to neither
    changed,           // what ran, or was shown to the approver, is not what was asked for
    cut,               // there are more than kMaxTraceEntries entries
    cycle,             // steps each below the other: one was taken out to stand alone
  };

  Kind kind{};
  std::string subject;  // the id it is about: of a parent, a call, a session
};

// "parent-missing", "call-missing" and so on.
[[nodiscard]] std::string_view to_string(Gap::Kind kind) noexcept;

// A sentence without a full stop: "tool.call c7 has no result". Not escaped.
[[nodiscard]] std::string describe(const Gap& gap);

// One thing that happened: a model call, a tool call with all that was decided about it, a message ...
struct Step {
  // One of the states of an action, with the entry that says so.
  struct State {
    Place place;
    Timestamp when;
    std::string word;  // "requested"; "allow", "granted", "denied"; "ok", "error", "begun" ...
    std::string by;    // who or what decided: an approver, a policy, a rule; empty: not said
  };

  std::vector<Place> entries;  // in order of time; none: the step is missing, `what` is its id
  std::optional<std::size_t> parent;  // its number; always less than this step's own
  // How far to the right it is drawn: one further than its parent, or as far where it is the only one
  // below that and goes on after it (many logs name what came before as the parent).
  std::uint32_t depth = 0;

  std::string type;  // of the entry that says most
  std::string what;  // the tool of a call, the model of a model call, else the action; or empty
  std::string agent;
  std::string call_id;  // tool_call_id
  std::string session;
  Timestamp begin;  // of its first entry
  Timestamp end;    // of its last one, and of what that says it took
  std::optional<std::chrono::nanoseconds> duration;  // as reported, else from call to result
  std::string status;                                // how it ended; empty: not said
  std::string error;

  // Of actions: what was asked for, what was decided about it in order of time, what was done.
  bool is_action = false;
  std::optional<State> requested;
  std::vector<State> decided;
  std::optional<State> executed;

  // As reported by its entries; in the totals only if `counts` (a parent that reports the sum of the
  // calls below it does not).
  std::optional<std::int64_t> tokens_in, tokens_out, cost_nano;
  std::string currency;
  bool counts = false;

  std::vector<Gap> gaps;
};

struct Trace {
  std::string id;                     // what was asked for
  std::optional<std::size_t> asked;   // the step that has it, where it is the id of an event
  std::optional<Place> also;          // another entry that has the id, and is not of this run
  bool is_related = false;            // not one run: what an incident, signal or alert leads to
  std::vector<std::string> sessions;  // ascending, here and below
  std::vector<std::string> traces;
  std::vector<std::string> agents;
  std::vector<std::string> agent_versions;
  std::vector<std::string> environments;
  std::vector<Step> steps;  // parents before what is below them, that in order of time
  std::vector<Gap> gaps;    // of the whole; those of steps stand there
  std::size_t entries = 0;

  Timestamp begin;
  bool is_begin_receipt = false;  // the first entry does not say when it happened
  Timestamp end;                  // of what was reported to last longest
  std::uint64_t model_calls = 0;
  std::uint64_t tool_calls = 0;
  std::uint64_t failures =
      0;  // steps that ended in error or timeout; not those it was passed on to
  std::uint64_t human_decisions = 0;      // approvals granted or denied, overrides, reviews
  std::string risk;                       // the highest said; empty: none
  std::string outcome;                    // how it ended as a whole; empty: not said
  std::optional<std::int64_t> tokens_in;  // nothing where nobody reported any
  std::optional<std::int64_t> tokens_out;
  std::int64_t cost_nano = 0;  // in `currency`; nothing is added up over several currencies
  std::string currency;        // empty: no cost was reported; "*": several

  // Of the whole and of its steps. Without any, nothing of it is missing.
  [[nodiscard]] std::size_t gap_count() const;
};

// What the ledgers have about an id: of a session, a trace, a span, an event or a tool call, or the
// number of an entry (of the first ledger) where nothing else has that id. All entries of the run it
// belongs to, and those elsewhere that are about one of them. The id of an incident, a signal or an
// alert leads to all that is linked with it, whatever run it is in.
//   returns   nothing if no entry has the id
[[nodiscard]] std::optional<Trace> trace_of(std::span<const LedgerView> ledgers,
                                            std::string_view id);

}  // namespace audit
