#include <audit/trace.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "run_events.hpp"
#include "temp_folder.hpp"

namespace audit {
namespace {

using test::at;
using Kind = Gap::Kind;

// The trace of `id` in a ledger with these events.
Trace trace(const std::vector<Event>& events, std::string_view id = "s1") {
  const test::TempFolder folder;
  const LedgerView view = test::ledger_with(folder / "a.ledger", events);
  const auto found = trace_of({&view, 1}, id);
  REQUIRE(found.has_value());
  return *found;
}

std::vector<std::uint64_t> seqs(const Step& step) {
  std::vector<std::uint64_t> numbers;
  for (const Place& place : step.entries) numbers.push_back(place.seq);
  return numbers;
}

using Seqs = std::vector<std::uint64_t>;

std::vector<Kind> kinds(const std::vector<Gap>& gaps) {
  std::vector<Kind> kinds;
  for (const Gap& gap : gaps) kinds.push_back(gap.kind);
  return kinds;
}

std::string words(const Step& step) {
  std::string text = step.requested ? step.requested->word : "-";
  for (const Step::State& state : step.decided) text += "|" + state.word + ":" + state.by;
  return text + "|" + (step.executed ? step.executed->word : "-");
}

const Event kCall = at(
    0, "tool.call", {{Field::session, "s1"}, {Field::tool, "refund"}, {Field::tool_call_id, "c1"}});

Event of_call(std::int64_t ms, std::string_view type, test::Fields fields = {}) {
  fields.emplace_back(Field::session, "s1");
  fields.emplace_back(Field::tool_call_id, "c1");
  return at(ms, type, fields);
}

}  // namespace

TEST_CASE("what was asked, decided and done about one call is told as several steps") {
  const Trace told = trace({
      of_call(40, "tool.call", {{Field::tool, "refund"}, {Field::approval, "granted"}}),
      of_call(10, "tool.proposed", {{Field::tool, "refund"}}),
      of_call(50, "tool.result", {{Field::status, "error"}, {Field::error, "no funds"}}),
      of_call(20, "policy.decision", {{Field::decision, "ask"}, {Field::policy, "over-100"}}),
      of_call(25, "approval.requested"),
      of_call(30, "approval.granted", {{Field::approver, "kim"}}),
  });
  REQUIRE(told.steps.size() == 1);
  const Step& step = told.steps[0];
  CHECK(seqs(step) == Seqs{2, 4, 5, 6, 1, 3});
  CHECK(words(step) == "requested|ask:over-100|granted:kim|error");
  CHECK(step.what == "refund");
  CHECK(step.error == "no funds");
  CHECK(step.duration == std::chrono::milliseconds(10));
  CHECK(step.gaps.empty());
  CHECK(told.tool_calls == 1);
  CHECK(told.failures == 1);
  CHECK(told.human_decisions == 1);
  CHECK(told.gap_count() == 0);
}

TEST_CASE("what is missing about a call is not noticed") {
  const auto gaps = [](const std::vector<Event>& events) {
    const Trace told = trace(events);
    REQUIRE(told.steps.size() == 1);
    return kinds(told.steps[0].gaps);
  };
  const test::Fields ok{{Field::status, "ok"}};
  CHECK(gaps({kCall, of_call(9, "tool.result", ok)}).empty());
  CHECK(gaps({kCall}) == std::vector{Kind::result_missing});
  CHECK(gaps({of_call(9, "tool.result", ok)}) == std::vector{Kind::call_missing});
  CHECK(gaps({of_call(1, "approval.requested")}) == std::vector{Kind::decision_missing});
  // Neither does a result that says how long it took need one of the call.
  Event whole = of_call(9, "tool.result", ok);
  whole.envelope.set_number(Field::duration_us, 5);
  CHECK(gaps({whole}).empty());
  // A call that says how it ended needs no other entry to say so.
  CHECK(gaps({of_call(0, "tool.call", ok)}).empty());
  // One that was refused has no result.
  CHECK(gaps({kCall, of_call(1, "policy.decision", {{Field::decision, "deny"}})}).empty());
}

TEST_CASE("a call that ran against the word of those who decide looks like any other") {
  const auto gaps = [](std::vector<Event> events) {
    events.push_back(kCall);
    events.push_back(of_call(9, "tool.result", {{Field::status, "ok"}}));
    const Trace told = trace(events);
    REQUIRE(told.steps.size() == 1);
    return kinds(told.steps[0].gaps);
  };
  CHECK(gaps({of_call(1, "approval.denied")}) == std::vector{Kind::denied});
  CHECK(gaps({of_call(1, "policy.decision", {{Field::decision, "deny"}})}) ==
        std::vector{Kind::denied});
  CHECK(gaps({of_call(1, "guardrail.block")}) == std::vector{Kind::denied});
  CHECK(gaps({of_call(1, "approval.requested")}) ==
        std::vector{Kind::decision_missing, Kind::not_approved});
  CHECK(gaps({of_call(1, "approval.requested"), of_call(2, "approval.expired")}) ==
        std::vector{Kind::denied});
  // Whoever has the last word allowed it.
  CHECK(gaps({of_call(1, "approval.denied"), of_call(2, "approval.granted")}).empty());
  Event needs = of_call(1, "policy.decision", {{Field::decision, "ask"}});
  needs.envelope.set_number(Field::requires_approval, 1);
  CHECK(gaps({needs}) == std::vector{Kind::not_approved});
  CHECK(gaps({needs, of_call(2, "approval.granted")}).empty());
}

TEST_CASE("a refused call that did not run counts as one that ran") {
  const Trace told = trace({kCall, of_call(1, "approval.denied"),
                            of_call(2, "tool.result", {{Field::status, "denied"}})});
  CHECK(told.steps[0].gaps.empty());
  CHECK(told.failures == 0);
}

TEST_CASE("arguments that change between request, approval and call are not noticed") {
  const Digest one{};
  Digest other{};
  other.bytes[0] = 1;
  const auto with = [](std::string_view type, Field field, const Digest& hash) {
    Event event = of_call(1, type, {{Field::status, "ok"}});
    event.envelope.set_hash(field, hash);
    return event;
  };
  const Trace same = trace({with("tool.call", Field::payload_hash, one),
                            with("approval.granted", Field::shown_hash, one)});
  CHECK(same.steps[0].gaps.empty());
  const Trace shown = trace({with("tool.call", Field::payload_hash, one),
                             with("approval.granted", Field::shown_hash, other)});
  CHECK(kinds(shown.steps[0].gaps) == std::vector{Kind::changed});
  const Trace asked = trace({with("tool.call", Field::payload_hash, one),
                             with("tool.proposed", Field::payload_hash, other)});
  CHECK(kinds(asked.steps[0].gaps) == std::vector{Kind::changed});
}

TEST_CASE("calls that two sessions number alike are taken for one") {
  const std::vector<Event> events = {
      at(0, "tool.call", {{Field::session, "s1"}, {Field::tool_call_id, "1"}}),
      at(1, "tool.call", {{Field::session, "s2"}, {Field::tool_call_id, "1"}}),
      at(2, "tool.result", {{Field::session, "s2"}, {Field::tool_call_id, "1"}}),
  };
  const Trace first = trace(events, "s1");
  REQUIRE(first.steps.size() == 1);
  CHECK(seqs(first.steps[0]) == Seqs{1});
  CHECK(kinds(first.steps[0].gaps) == std::vector{Kind::result_missing});
  const Trace second = trace(events, "s2");
  CHECK(second.entries == 2);
}

TEST_CASE("a decision by who knows nothing of sessions is lost") {
  const Trace told = trace({
      kCall,
      at(1, "policy.decision",
         {{Field::tool_call_id, "c1"}, {Field::decision, "allow"}, {Field::rule, "r7"}}),
      at(2, "tool.result",
         {{Field::session, "s1"}, {Field::tool_call_id, "c1"}, {Field::event_id, "e3"}}),
      at(3, "evaluation", {{Field::parent, "e3"}}),
      at(4, "review", {{Field::links, "e3"}, {Field::session, "other"}}),
      at(5, "note", {{Field::session, "other"}}),
  });
  REQUIRE(told.entries == 5);
  CHECK(words(told.steps[0]) == "requested|allow:r7|returned");
  REQUIRE(told.steps.size() == 3);
  CHECK(told.steps[1].parent == 0);  // the evaluation
  CHECK(told.steps[2].parent == 0);  // the review
  CHECK(told.human_decisions == 1);
}

TEST_CASE("logs without ids leave calls without their results") {
  const auto plain = [](std::int64_t ms, std::string_view type, std::string_view tool) {
    return at(ms, type, {{Field::session, "s1"}, {Field::tool, tool}});
  };
  const Trace told =
      trace({plain(0, "tool.call", "a"), plain(1, "tool.call", "b"), plain(2, "tool.result", "a"),
             plain(3, "tool.call", "a"), plain(4, "tool.result", "a"), plain(5, "tool.result", "b"),
             plain(6, "tool.result", "c")});
  REQUIRE(told.steps.size() == 4);
  CHECK(seqs(told.steps[0]) == Seqs{1, 3});
  CHECK(seqs(told.steps[1]) == Seqs{2, 6});
  CHECK(seqs(told.steps[2]) == Seqs{4, 5});
  CHECK(kinds(told.steps[3].gaps) == std::vector{Kind::call_missing});
}

TEST_CASE("logs without ids leave calls without what was decided about them") {
  const auto plain = [](std::int64_t ms, std::string_view type, std::string_view decision = {}) {
    return at(ms, type, {{Field::session, "s1"}, {Field::tool, "a"}, {Field::decision, decision}});
  };
  const auto asked = [](std::int64_t ms, std::string_view type) {
    return at(ms, type, {{Field::session, "s1"}, {Field::tool, "a"}, {Field::request_id, "REQ-1"}});
  };
  const Trace told = trace({
      plain(0, "policy.decision", "deny"),  // refused, and nothing came of it
      plain(1, "policy.decision", "deny"),
      asked(2, "approval.requested"),
      asked(3, "approval.granted"),
      plain(4, "tool.call"),
      plain(5, "tool.result"),
      plain(6, "tool.call"),  // nobody decided about this one
      plain(7, "policy.decision", "allow"),
      plain(8, "tool.result"),
      plain(9, "policy.decision", "deny"),
      plain(10, "tool.call"),
  });
  std::vector<std::string> steps;
  for (const Step& step : told.steps) steps.push_back(words(step));
  CHECK(steps == std::vector<std::string>{"requested|deny:|deny:|granted:|returned",
                                          "requested|allow:|returned", "-|deny:|-",
                                          "requested|begun"});
}

TEST_CASE("a call that a model proposed by an id, and that ran without it, is two steps") {
  const test::Fields tool{{Field::session, "s1"}, {Field::tool, "a"}};
  const auto with_id = [&](std::int64_t ms, std::string_view type, std::string_view id) {
    Event event = at(ms, type, tool);
    event.envelope.set_text(Field::tool_call_id, id);
    return event;
  };
  const Trace told = trace({with_id(0, "tool.proposed", "c1"), at(1, "tool.call", tool),
                            at(2, "tool.result", tool), with_id(3, "tool.proposed", "c2"),
                            with_id(4, "tool.call", "c3")});
  REQUIRE(told.steps.size() == 3);
  CHECK(seqs(told.steps[0]) == Seqs{1, 2, 3});
}

TEST_CASE("an approval that names no call is lost where a model proposed the call by an id") {
  const test::Fields tool{{Field::session, "s1"}, {Field::tool, "a"}};
  const Trace told =
      trace({of_call(0, "tool.proposed", {{Field::tool, "a"}}), at(1, "approval.requested", tool),
             at(2, "approval.granted", {{Field::session, "s1"}}),
             of_call(3, "tool.call", {{Field::tool, "a"}})});
  REQUIRE(told.steps.size() == 1);
  CHECK(words(told.steps[0]) == "requested|granted:|begun");
}

TEST_CASE("a result behind a call of another id does not reach the open call without one") {
  const auto of = [](std::int64_t ms, std::string_view type, std::string_view id) {
    Event event = at(ms, type, {{Field::session, "s1"}, {Field::tool, "a"}});
    if (!id.empty()) event.envelope.set_text(Field::tool_call_id, id);
    return event;
  };
  const Trace told = trace({of(0, "tool.call", ""), of(1, "tool.call", "c1"),
                            of(2, "tool.result", "c2"), of(3, "tool.result", "")});
  REQUIRE(told.steps.size() == 2);
  CHECK(seqs(told.steps[0]) == Seqs{1, 3});
  CHECK(seqs(told.steps[1]) == Seqs{2, 4});
}

TEST_CASE("an answer that names nothing is lost, or taken for that to another request") {
  const test::Fields run{{Field::session, "s1"}};
  const auto request = [](std::int64_t ms, std::string_view tool) {
    return at(ms, "approval.requested", {{Field::session, "s1"}, {Field::tool, tool}});
  };
  const Trace one = trace({request(0, "a"), at(1, "approval.granted", run)});
  REQUIRE(one.steps.size() == 1);
  CHECK(one.gap_count() == 0);
  const Trace two = trace({request(0, "a"), request(1, "b"), at(2, "approval.granted", run)});
  CHECK(two.steps.size() == 3);
  CHECK(two.gap_count() == 2);
}

TEST_CASE("a failure that is passed on upwards counts more than once") {
  const auto span = [](std::string_view id, std::string_view parent, std::string_view status) {
    return at(
        0, "other",
        {{Field::trace, "t"}, {Field::span, id}, {Field::parent, parent}, {Field::status, status}});
  };
  CHECK(trace({span("a", "", "error"), span("b", "a", "error"), span("c", "b", "error"),
               span("d", "a", "ok")},
              "t")
            .failures == 1);
  CHECK(trace({span("a", "", "error"), span("b", "a", "error"), span("c", "a", "timeout")}, "t")
            .failures == 2);
}

TEST_CASE("a call inherits what was decided about another one") {
  const auto named = [](std::int64_t ms, std::string_view type, std::string_view tool) {
    Event event = at(ms, type,
                     {{Field::session, "s1"},
                      {Field::tool_call_id, "k"},
                      {Field::tool, tool},
                      {Field::event_id, "x"}});
    event.payload = std::to_string(ms);  // else it would be the same event again
    return event;
  };
  const Trace told = trace({named(0, "tool.call", "refund"), named(1, "approval.granted", "refund"),
                            named(2, "tool.call", "wire")});
  REQUIRE(told.steps.size() == 2);
  CHECK(words(told.steps.front()) == "requested|granted:|begun");
  CHECK(words(told.steps.back()) == "requested|begun");
  const Trace again = trace({of_call(0, "tool.call"), of_call(1, "approval.granted"),
                             of_call(2, "tool.result"), of_call(3, "tool.call")});
  REQUIRE(again.steps.size() == 1);
  CHECK(kinds(again.steps[0].gaps) == std::vector{Kind::repeated});
}

TEST_CASE("a tool of a server is taken for another one where it is called by its own name") {
  const auto named = [](std::int64_t ms, std::string_view type, std::string_view tool) {
    return at(ms, type, {{Field::session, "s1"}, {Field::tool_call_id, "k"}, {Field::tool, tool}});
  };
  const auto steps = [&](std::string_view asked, std::string_view ran) {
    return trace({named(0, "approval.granted", asked), named(1, "tool.call", ran)}).steps.size();
  };
  CHECK(steps("mcp__shop__refund", "refund") == 1);
  CHECK(steps("refund", "mcp__shop__refund") == 1);
  CHECK(steps("shop.refund", "refund") == 1);
  CHECK(steps("shop/refund", "refund") == 1);
  CHECK(steps("partial_refund", "refund") == 2);
  CHECK(steps("refund", "") == 1);
  CHECK(steps("mcp__shop__refund", "mcp__bank__refund") == 2);
}

TEST_CASE("who has no say allows what a person refused") {
  const auto gaps = [](std::vector<Event> events) {
    const Trace told = trace(events);
    REQUIRE(told.steps.size() == 1);
    return kinds(told.steps[0].gaps);
  };
  const Event allow = of_call(2, "policy.decision", {{Field::decision, "allow"}});
  const Event ran = of_call(3, "tool.call", {{Field::status, "ok"}});
  CHECK(gaps({of_call(1, "approval.denied"), allow, ran}) == std::vector{Kind::denied});
  CHECK(gaps({of_call(1, "policy.decision", {{Field::decision, "deny"}}), allow, ran}).empty());
  CHECK(gaps({of_call(1, "approval.denied"),
              of_call(3, "tool.call", {{Field::status, "unknown"}})}) == std::vector{Kind::denied});
  CHECK(gaps({ran, of_call(9, "approval.granted")}) == std::vector{Kind::approved_late});
}

TEST_CASE("a call that runs without the approval it needs is told only when it has ended") {
  const auto gaps = [](std::vector<Event> events) {
    const Trace told = trace(events);
    REQUIRE(told.steps.size() == 1);
    return kinds(told.steps[0].gaps);
  };
  const auto needs = [] {
    Event call = of_call(1, "tool.call");
    call.envelope.set_number(Field::requires_approval, 1);
    return call;
  };
  CHECK(gaps({needs()}) == std::vector{Kind::result_missing, Kind::not_approved});
  CHECK(gaps({needs(), of_call(2, "approval.granted")}) == std::vector{Kind::result_missing});
  CHECK(gaps({needs(), of_call(2, "approval.requested")}) ==
        std::vector{Kind::result_missing, Kind::decision_missing});
}

TEST_CASE("when an event was received is told as when it happened") {
  Event undated;
  undated.envelope.set_text(Field::type, "tool.call");
  undated.envelope.set_text(Field::session, "s9");
  CHECK(trace({undated}, "s9").is_begin_receipt);
  CHECK_FALSE(trace({of_call(1, "tool.call")}).is_begin_receipt);
}

TEST_CASE("a call of one span, or under one request, inherits another call's approval") {
  const test::Fields span{{Field::session, "s1"}, {Field::trace, "t"}, {Field::span, "x"}};
  const auto in_span = [&](std::string_view type, std::string_view tool) {
    Event event = at(0, type, span);
    event.envelope.set_text(Field::tool, tool);
    event.envelope.set_text(Field::tool_call_id, tool);
    return event;
  };
  CHECK(trace({in_span("tool.call", "refund"), in_span("tool.call", "wire")}).tool_calls == 2);
  const auto asked = [](std::string_view call) {
    return at(0, "approval.requested",
              {{Field::session, "s1"}, {Field::request_id, "r"}, {Field::tool_call_id, call}});
  };
  CHECK(trace({asked("c1"), asked("c2")}).steps.size() == 2);
}

TEST_CASE("a call under an id that was used before looks approved without a word") {
  Event first = of_call(0, "tool.call", {{Field::tool, "refund"}, {Field::status, "ok"}});
  first.payload = R"({"amount":1})";
  Event second = first;
  second.payload = R"({"amount":2})";
  const Trace told = trace({of_call(0, "approval.granted"), first, second});
  REQUIRE(told.steps.size() == 1);
  CHECK(kinds(told.steps[0].gaps) == std::vector{Kind::repeated});
}

TEST_CASE("a call's own record overrides a person's no") {
  const Trace told =
      trace({of_call(0, "tool.call"), of_call(1, "approval.denied"),
             of_call(2, "tool.result", {{Field::approval, "granted"}, {Field::status, "ok"}})});
  REQUIRE(told.steps.size() == 1);
  CHECK(kinds(told.steps[0].gaps) == std::vector{Kind::denied});
  CHECK(told.human_decisions == 1);
}

TEST_CASE("a proposal that comes later hides how a call ended") {
  const Trace told =
      trace({of_call(0, "tool.call"), of_call(1, "tool.result", {{Field::status, "error"}}),
             of_call(2, "tool.proposed", {{Field::status, "ok"}})});
  CHECK(told.failures == 1);
}

TEST_CASE("two tools share an id of a call, and what names only that is given to one of them") {
  const auto of_tool = [](std::int64_t ms, std::string_view type, std::string_view tool) {
    Event event = at(ms, type, {{Field::session, "s1"}, {Field::tool_call_id, "k"}});
    if (!tool.empty()) event.envelope.set_text(Field::tool, tool);
    return event;
  };
  const Trace told =
      trace({of_tool(0, "tool.call", "refund"), of_tool(1, "tool.call", "wire"),
             of_tool(2, "approval.granted", ""), of_tool(3, "tool.result", "refund")});
  REQUIRE(told.steps.size() == 3);
  CHECK(words(told.steps[0]) == "requested|returned");
  CHECK(words(told.steps[1]) == "requested|begun");
  for (const Step& step : {told.steps[0], told.steps[1]}) {
    const std::vector<Kind> gaps = kinds(step.gaps);
    CHECK(std::find(gaps.begin(), gaps.end(), Kind::repeated) != gaps.end());
  }
}

TEST_CASE("a denial by another session's link is not seen, or only where both are read") {
  const std::vector<Event> events = {
      at(0, "tool.call",
         {{Field::session, "s1"}, {Field::event_id, "e"}, {Field::tool_call_id, "k"}}),
      at(1, "approval.denied",
         {{Field::session, "desk"}, {Field::links, "e"}, {Field::tool_call_id, "k"}}),
      at(2, "tool.result",
         {{Field::session, "s1"}, {Field::tool_call_id, "k"}, {Field::status, "ok"}}),
  };
  const Trace told = trace(events);
  REQUIRE(told.steps.size() == 1);
  CHECK(kinds(told.steps[0].gaps) == std::vector{Kind::denied});
}

TEST_CASE("one line of another session takes a trace's denial away without a word") {
  std::vector<Event> events = {
      at(0, "tool.call", {{Field::session, "s1"}, {Field::trace, "t"}, {Field::tool_call_id, "k"}}),
      at(1, "approval.denied", {{Field::trace, "t"}, {Field::tool_call_id, "k"}}),
  };
  CHECK(trace(events).human_decisions == 1);
  events.push_back(at(2, "note", {{Field::session, "other"}, {Field::trace, "t"}}));
  const Trace told = trace(events);
  CHECK(told.human_decisions == 0);
  CHECK(kinds(told.gaps) == std::vector{Kind::ambiguous});
  CHECK(trace(events, "t").human_decisions == 1);
}

TEST_CASE("a denial of no run vanishes where two runs have the id it names") {
  const std::vector<Event> events = {
      at(0, "tool.call", {{Field::session, "s1"}, {Field::tool_call_id, "k"}}),
      at(0, "note", {{Field::session, "s2"}, {Field::tool_call_id, "k"}}),
      at(1, "approval.denied", {{Field::tool_call_id, "k"}}),
  };
  const std::vector<Kind> gaps = kinds(trace(events).steps.at(0).gaps);
  CHECK(std::find(gaps.begin(), gaps.end(), Kind::ambiguous) != gaps.end());
}

TEST_CASE("what else has the id is not told") {
  const std::vector<Event> events = {
      at(0, "note", {{Field::session, "e"}}),
      at(1, "tool.call", {{Field::session, "victim"}, {Field::event_id, "e"}})};
  const Trace told = trace(events, "e");
  REQUIRE(told.also.has_value());
  CHECK(told.also->seq == 2);
  CHECK_FALSE(trace(events, "victim").also.has_value());
}

TEST_CASE("a session that is called like a trace hides it") {
  const Trace told =
      trace({at(0, "note", {{Field::session, "t"}}), at(1, "note", {{Field::trace, "t"}})}, "t");
  CHECK(told.entries == 2);
}

TEST_CASE("a stray that names a call of several runs is given to one of them") {
  const std::vector<Event> events = {
      at(0, "tool.call", {{Field::session, "s1"}, {Field::tool_call_id, "1"}}),
      at(0, "tool.call", {{Field::session, "s2"}, {Field::tool_call_id, "1"}}),
      at(0, "approval.granted", {{Field::tool_call_id, "1"}}),
  };
  CHECK(trace(events, "s1").human_decisions == 0);
  CHECK(trace(events, "s2").human_decisions == 0);
}

TEST_CASE("an event that calls itself the carrier of a record is hidden") {
  CHECK(trace({at(0, "source.record", {{Field::session, "s1"}})}).entries == 1);
}

TEST_CASE("times centuries apart turn into nonsense") {
  Event early = kCall;
  early.envelope.set_number(Field::time, INT64_MIN + 1);
  Event late = kCall;
  late.envelope.set_number(Field::time, INT64_MAX);
  const Trace told = trace({early, late});
  CHECK(span_between(told.begin, told.end) == std::chrono::nanoseconds::max());
}

TEST_CASE("calls that follow each other in the span of their agent are taken for one") {
  const auto log = [](std::int64_t ms, std::string_view type) {
    return at(ms, type, {{Field::trace, "t"}, {Field::span, "agent"}, {Field::tool, "a"}});
  };
  const Trace told = trace({log(0, "approval.requested"), log(1, "tool.call"),
                            log(2, "tool.result"), log(3, "tool.call"), log(4, "tool.result")},
                           "t");
  REQUIRE(told.steps.size() == 2);
  CHECK(seqs(told.steps[0]) == Seqs{1, 2, 3});
  CHECK(seqs(told.steps[1]) == Seqs{4, 5});
}

TEST_CASE("a span that came twice is two steps, and its tokens count twice") {
  const test::Fields fields{{Field::trace, "t"}, {Field::span, "a"}, {Field::model, "m"}};
  const Trace told =
      trace({at(0, "llm.call", fields, {{Field::tokens_in, 10}}),
             at(0, "llm.call", fields, {{Field::tokens_in, 10}, {Field::duration_us, 5000}})},
            "t");
  REQUIRE(told.steps.size() == 1);
  CHECK(told.tokens_in == 10);
  CHECK(told.model_calls == 1);
  CHECK(told.steps[0].duration == std::chrono::milliseconds(5));
}

TEST_CASE("a call of a model that a transcript and telemetry tell of counts twice") {
  const auto call = [](std::string_view format, std::string_view request, std::int64_t out,
                       test::Fields more = {}) {
    more.insert(more.end(), {{Field::session, "s1"},
                             {Field::format, format},
                             {Field::request_id, request},
                             {Field::model, "m"}});
    return at(0, "llm.call", more, {{Field::tokens_in, 10}, {Field::tokens_out, out}});
  };
  const test::Fields ok{{Field::status, "ok"}};
  // The answer had only begun when one of them counted.
  const Trace told = trace({call("otlp", "r1", 7), call("claude-code", "r1", 2, ok)});
  REQUIRE(told.steps.size() == 1);
  CHECK(told.model_calls == 1);
  CHECK(told.tokens_in == 10);
  CHECK(told.tokens_out == 7);
  // Ids that one of them has more than once are none of a call; one that failed was tried again.
  const Trace blank =
      trace({call("otlp", "r1", 1), call("otlp", "r1", 1), call("claude-code", "r1", 1)});
  CHECK(blank.model_calls == 3);
  const Trace alike = trace({call("otlp", "r1", 1), call("otlp", "r1", 1)});
  CHECK(alike.model_calls == 2);
  const Trace retried =
      trace({call("otlp", "r1", 0, {{Field::status, "error"}}), call("claude-code", "r1", 1, ok)});
  CHECK(retried.model_calls == 2);
  const Trace other = trace({call("otlp", "r1", 1), call("claude-code", "r2", 1)});
  CHECK(other.model_calls == 2);
}

TEST_CASE("a call that two formats tell, each by its own name, is two calls or a gap") {
  const auto of = [](std::int64_t ms, std::string_view type, std::string_view format,
                     test::Fields fields) {
    fields.emplace_back(Field::format, format);
    return of_call(ms, type, fields);
  };
  const std::vector<Event> rollout = {
      of(10, "tool.proposed", "codex", {{Field::tool, "exec_command"}, {Field::payload_hash, "x"}}),
      of(20, "tool.call", "codex", {}), of(50, "tool.result", "codex", {{Field::status, "ok"}})};
  const std::vector<Event> wire = {
      of(12, "tool.proposed", "codex-app-server",
         {{Field::tool, "commandExecution"}, {Field::payload_hash, "y"}}),
      of(13, "approval.requested", "codex-app-server", {{Field::shown_hash, "y"}}),
      of(14, "approval.granted", "codex-app-server", {}),
      of(16, "tool.call", "codex-app-server", {}),
      of(51, "tool.result", "codex-app-server", {{Field::status, "ok"}})};
  std::vector<Event> both = rollout;
  both.insert(both.end(), wire.begin(), wire.end());
  both.push_back(of(15, "approval.granted", "codex", {}));
  const Trace told = trace(both);
  REQUIRE(told.steps.size() == 1);
  CHECK(kinds(told.steps[0].gaps).empty());
  CHECK(told.tool_calls == 1);
  CHECK(told.human_decisions == 1);
  // One format that has two tools under the id tells of two calls.
  std::vector<Event> two = both;
  two.push_back(of(60, "tool.call", "codex", {{Field::tool, "other"}}));
  CHECK(trace(two).steps.size() > 1);
  // So do two products: what one of them allowed may not be what the other ran.
  std::vector<Event> strangers = wire;
  strangers.push_back(of(15, "tool.call", "other", {{Field::tool, "pay"}}));
  CHECK(trace(strangers).steps.size() > 1);
  // And one that says other arguments were shown than were asked for says so still.
  both.push_back(of(17, "approval.requested", "codex-app-server", {{Field::shown_hash, "z"}}));
  CHECK(kinds(trace(both).steps[0].gaps) == std::vector{Kind::changed});
}

TEST_CASE("tokens that a parent reports, too, count twice") {
  const auto span = [](std::string_view type, std::string_view id, std::string_view parent,
                       std::int64_t tokens) {
    return at(0, type, {{Field::trace, "t"}, {Field::span, id}, {Field::parent, parent}},
              {{Field::tokens_in, tokens}, {Field::cost_nano, tokens * 1000}});
  };
  const Trace told =
      trace({span("other", "agent", "", 30), span("llm.call", "outer", "agent", 30),
             span("llm.call", "inner1", "outer", 10), span("llm.call", "inner2", "outer", 20),
             span("session.end", "end", "", 30)},
            "t");
  CHECK(told.tokens_in == 30);
  CHECK(told.cost_nano == 30'000);
  // Where no model call says what it used, the nearest that does counts.
  const Trace flat = trace({span("llm.call", "m", "agent", 0), span("other", "agent", "root", 7),
                            span("other", "root", "", 7)},
                           "t");
  CHECK(flat.tokens_in == 0);  // the model call says it used none
  const Trace silent =
      trace({at(0, "llm.call", {{Field::trace, "t"}, {Field::span, "m"}, {Field::parent, "agent"}}),
             span("other", "agent", "root", 7), span("other", "root", "", 7)},
            "t");
  CHECK(silent.tokens_in == 7);
  const Trace only_end =
      trace({at(0, "note", {{Field::session, "s1"}}),
             at(1, "session.end", {{Field::session, "s1"}}, {{Field::tokens_out, 5}})});
  CHECK(only_end.tokens_out == 5);
}

TEST_CASE("sums that do not fit turn into nonsense") {
  constexpr std::int64_t kMost = INT64_MAX;
  const test::Fields fields{{Field::session, "s1"}};
  const Trace told =
      trace({at(0, "llm.call", fields, {{Field::tokens_in, kMost}, {Field::duration_us, kMost}}),
             at(1, "llm.call", fields, {{Field::tokens_in, kMost}, {Field::duration_us, -5}})});
  CHECK(told.tokens_in == kMost);
  CHECK(told.end >= told.begin);
}

TEST_CASE("costs in two currencies are added up") {
  const auto call = [](std::string_view currency) {
    return at(0, "llm.call", {{Field::session, "s1"}, {Field::currency, currency}},
              {{Field::cost_nano, 5}});
  };
  CHECK(trace({call("EUR"), call("EUR")}).cost_nano == 10);
  const Trace mixed = trace({call("EUR"), call("USD")});
  CHECK(mixed.currency == "*");
  CHECK(mixed.cost_nano == 0);
}

TEST_CASE("a parent that nobody wrote down leaves its children scattered") {
  const auto below = [](std::int64_t ms, std::string_view span) {
    return at(ms, "other", {{Field::trace, "t"}, {Field::span, span}, {Field::parent, "gone"}});
  };
  const Trace told =
      trace({below(5, "a"), at(6, "other", {{Field::trace, "t"}}), below(9, "b")}, "t");
  REQUIRE(told.steps.size() == 4);
  CHECK(told.steps[0].entries.empty());
  CHECK(told.steps[0].what == "gone");
  CHECK(kinds(told.steps[0].gaps) == std::vector{Kind::parent_missing});
  CHECK(told.steps[1].parent == 0);
  CHECK(told.steps[2].parent == 0);
  CHECK_FALSE(told.steps[3].parent.has_value());
}

TEST_CASE("steps that are each below the other hang the tree, or vanish") {
  const auto span = [](std::string_view id, std::string_view parent) {
    return at(0, "other", {{Field::trace, "t"}, {Field::span, id}, {Field::parent, parent}});
  };
  const Trace told = trace(
      {span("leaf", "b"), span("a", "c"), span("b", "a"), span("c", "b"), span("self", "self")},
      "t");
  REQUIRE(told.steps.size() == 5);
  const auto cycles = std::count_if(told.steps.begin(), told.steps.end(), [](const Step& step) {
    return kinds(step.gaps) == std::vector{Kind::cycle};
  });
  CHECK(cycles == 1);
  CHECK(kinds(told.steps[0].gaps) == std::vector{Kind::cycle});
  CHECK(seqs(told.steps[0]) == Seqs{2});  // the earliest of the circle, with the others below it
  CHECK(told.steps[3].depth == 2);
}

TEST_CASE("what two linked entries led to is taken for a circle") {
  const Trace told = trace({
      at(0, "decision", {{Field::session, "s1"}, {Field::event_id, "a"}, {Field::links, "b"}}),
      at(1, "override", {{Field::session, "s1"}, {Field::event_id, "b"}, {Field::links, "a"}}),
  });
  CHECK(told.gap_count() == 0);
  CHECK(told.steps[1].parent == 0);
}

TEST_CASE("a session that did not end looks complete") {
  const auto mark = [](std::int64_t ms, std::string_view type) {
    return at(ms, type, {{Field::session, "s1"}});
  };
  CHECK(kinds(trace({mark(0, "session.start")}).gaps) == std::vector{Kind::end_missing});
  CHECK(trace({mark(0, "session.start"), mark(1, "session.end")}).gap_count() == 0);
  CHECK(trace({mark(0, "session.start"), mark(1, "session.timeout")}).outcome == "timeout");
  CHECK(trace({mark(0, "note")}).gap_count() == 0);
}

TEST_CASE("an incident does not lead to what it is about, in other sessions and ledgers") {
  const test::TempFolder folder;
  std::vector<LedgerView> views;
  views.push_back(test::ledger_with(
      folder / "a.ledger",
      {
          at(0, "tool.call",
             {{Field::session, "s1"}, {Field::event_id, "e1"}, {Field::tool_call_id, "c9"}}),
          at(1, "note", {{Field::session, "s1"}}),
      }));
  views.push_back(test::ledger_with(
      folder / "b.ledger",
      {
          at(5, "tool.result",
             {{Field::session, "s2"}, {Field::tool_call_id, "c9"}, {Field::event_id, "e2"}}),
          at(6, "risk.signal", {{Field::event_id, "sig"}, {Field::links, "e1"}}),
          at(7, "incident.opened", {{Field::event_id, "inc"}, {Field::links, "sig"}}),
          at(8, "incident.closed", {{Field::parent, "inc"}}),
          at(9, "note", {{Field::session, "s2"}}),
      }));
  for (const std::string_view id : {"inc", "sig"}) {
    const auto told = trace_of(views, id);
    REQUIRE(told.has_value());
    CHECK(told->is_related);
    std::set<Place> places;
    for (const Step& step : told->steps) places.insert(step.entries.begin(), step.entries.end());
    CHECK(places == std::set<Place>{{0, 1}, {1, 1}, {1, 2}, {1, 3}, {1, 4}});
  }
  const auto run = trace_of(views, "e1");
  REQUIRE(run.has_value());
  CHECK_FALSE(run->is_related);
  CHECK(run->asked == 0);
  CHECK(run->entries == 5);  // not what another session has under the same call
}

TEST_CASE("an id that is none finds something, and one that is an entry's number finds nothing") {
  const test::TempFolder folder;
  const LedgerView view = test::ledger_with(folder / "a.ledger", {kCall});
  CHECK_FALSE(trace_of({&view, 1}, "nothing").has_value());
  CHECK_FALSE(trace_of({&view, 1}, "").has_value());
  CHECK_FALSE(trace_of({&view, 1}, "17").has_value());
  CHECK(trace_of({&view, 1}, "1").has_value());
  CHECK(trace_of({&view, 1}, "c1").has_value());
}

TEST_CASE("a trace is taken for the whole session it is in") {
  const auto note = [](std::string_view session, std::string_view trace_id) {
    return at(0, "note", {{Field::session, session}, {Field::trace, trace_id}});
  };
  const std::vector<Event> events = {note("s1", "t1"), note("s1", "t2"), note("", "t1"),
                                     note("s9", "t1")};
  CHECK(trace(events, "t1").entries == 3);
  // Not what another session has in the same trace, nor what may be either's.
  const Trace told = trace(events, "s1");
  CHECK(told.entries == 2);
  CHECK(kinds(told.gaps) == std::vector{Kind::ambiguous});
}

TEST_CASE("the order in which spans arrive changes the tree, or loses some of it") {
  std::mt19937 random(20261121);
  for (int round = 0; round < 20; ++round) {
    constexpr int kSpans = 60;
    std::vector<int> parents;
    for (int i = 0; i < kSpans; ++i) {
      parents.push_back(i == 0 ? -1 : static_cast<int>(random() % static_cast<unsigned>(i)));
    }
    std::vector<Event> events;
    for (int i = 0; i < kSpans; ++i) {
      const std::string parent = i == 0 ? "" : std::to_string(parents[static_cast<std::size_t>(i)]);
      Event event = at(i, "other", {{Field::trace, "t"}, {Field::parent, parent}});
      event.envelope.set_text(Field::span, std::to_string(i));
      event.envelope.set_text(Field::action, std::to_string(i));
      events.push_back(event);
      if (random() % 4 == 0) events.push_back(event);
    }
    std::shuffle(events.begin(), events.end(), random);
    const Trace told = trace(events, "t");
    REQUIRE(told.steps.size() == kSpans);
    for (std::size_t i = 0; i < told.steps.size(); ++i) {
      const auto span = static_cast<std::size_t>(std::stoi(told.steps[i].what));
      const auto& parent = told.steps[i].parent;
      CHECK((parent ? std::stoi(told.steps[*parent].what) : -1) == parents[span]);
      if (parent) CHECK(*parent < i);
    }
  }
}

TEST_CASE("a decision that knows no run does not lead to the run it is about") {
  const test::TempFolder folder;
  const LedgerView view = test::ledger_with(
      folder / "a.ledger",
      {kCall,
       at(1, "policy.decision",
          {{Field::event_id, "d1"}, {Field::tool_call_id, "c1"}, {Field::decision, "deny"}})});
  const auto told = trace_of({&view, 1}, "d1");
  REQUIRE(told.has_value());
  CHECK(told->entries == 2);
  CHECK(told->sessions == std::vector<std::string>{"s1"});
}

}  // namespace audit
