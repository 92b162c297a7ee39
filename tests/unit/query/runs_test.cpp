#include <audit/runs.hpp>

#include <algorithm>
#include <map>
#include <optional>
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
using Ids = std::vector<std::string>;

RunQuery ask(std::string_view text) {
  const auto question = parse_run_query(text, parse_timestamp("2026-08-10T12:00:00Z").value());
  REQUIRE_MESSAGE(question.has_value(), text);
  return *question;
}

Ids runs(std::span<const LedgerView> views, std::string_view text, std::uint64_t limit = 0) {
  Ids ids;
  RunSearch search(views, ask(text), limit);
  while (search.next()) ids.push_back(search.run().id);
  return ids;
}

std::optional<ParseError> mistake(std::string_view text) {
  const auto question = parse_run_query(text, from_nanoseconds(0));
  return question ? std::nullopt : std::optional(question.error());
}

// Runs that differ in one thing each.
struct Different {
  Different()
      : view(test::ledger_with(
            folder / "a.ledger",
            {
                at(0, "llm.call", {{Field::session, "dear"}, {Field::agent, "billing"}},
                   {{Field::cost_nano, 2'500'000'000}, {Field::tokens_in, 900}}),
                at(1, "tool.call",
                   {{Field::session, "failed"},
                    {Field::status, "error"},
                    {Field::environment, "production"}}),
                at(2, "note",
                   {{Field::session, "risky"},
                    {Field::risk, "critical"},
                    {Field::agent_version, "2.1"}}),
                at(3, "note", {{Field::session, "risky"}, {Field::risk, "low"}}),
                at(4, "note", {{Field::session, "long"}}, {{Field::duration_us, 120'000'000}}),
                at(5, "session.start", {{Field::session, "open"}}),
                at(6, "approval.granted",
                   {{Field::session, "approved"},
                    {Field::tool_call_id, "c"},
                    {Field::approver, "kim"}}),
                at(7, "final.output", {{Field::session, "approved"}}),
                at(8, "note", {{Field::agent, "nobody's"}}),
            })) {}

  [[nodiscard]] Ids of(std::string_view text) const { return runs({&view, 1}, text); }

  test::TempFolder folder;
  LedgerView view;
};

}  // namespace

TEST_CASE("a test of runs finds others than it says") {
  const Different ledger;
  CHECK(ledger.of("") == Ids{"approved", "open", "long", "risky", "failed", "dear"});
  CHECK(ledger.of("run.cost:>2") == Ids{"dear"});
  CHECK(ledger.of("run.cost:2.5") == Ids{"dear"});
  CHECK(ledger.of("run.tokens_in:>=900") == Ids{"dear"});
  CHECK(ledger.of("run.agent:bill*") == Ids{"dear"});
  CHECK(ledger.of("run.failures:>0") == Ids{"failed"});
  CHECK(ledger.of("run.environment:production,staging") == Ids{"failed"});
  CHECK(ledger.of("run.risk:>=high") == Ids{"risky"});
  CHECK(ledger.of("run.risk:low").empty());  // the highest counts
  CHECK(ledger.of("-run.risk:critical run.entries:1 run.complete:no") == Ids{"open"});
  CHECK(ledger.of("run.agent_version:2.1") == Ids{"risky"});
  CHECK(ledger.of("run.duration:>90s") == Ids{"long"});
  CHECK(ledger.of("run.duration:2m") == Ids{"long"});
  CHECK(ledger.of("run.complete:false") == Ids{"open"});
  CHECK(ledger.of("run.gaps:1..") == Ids{"open"});
  CHECK(ledger.of("run.human_decisions:1") == Ids{"approved"});
  CHECK(ledger.of("run.outcome:ok") == Ids{"approved"});
  CHECK(ledger.of("run.outcome:success") == Ids{"approved"});  // a synonym of ok
  CHECK(ledger.of("run.begin:<2026-08-06T07:06:40.002Z") == Ids{"failed", "dear"});
  CHECK(ledger.of("run.failures:>0 OR run.cost:>2") == Ids{"failed", "dear"});
  CHECK(ledger.of("-(run.failures:>0 OR run.entries:1)") == Ids{"approved", "risky"});
}

TEST_CASE("a run is left out, or told twice, by what its entries answer") {
  const Different ledger;
  CHECK(ledger.of("risk:low") == Ids{"risky"});
  CHECK(ledger.of("type:note run.risk:critical") == Ids{"risky"});
  CHECK(ledger.of("agent:billing run.failures:>0").empty());
  CHECK(ledger.of("session:nothing").empty());
  CHECK(runs({&ledger.view, 1}, "", 2) == Ids{"approved", "open"});
  RunSearch search({&ledger.view, 1}, ask("risk:low"));
  REQUIRE(search.next());
  CHECK(search.run().entries == 2);  // also what does not answer
}

TEST_CASE("a mistake about runs is not told, or at the wrong place") {
  const auto unknown = mistake("refund run.failure:>0");
  REQUIRE(unknown.has_value());
  CHECK(unknown->offset == 7);
  CHECK(unknown->length == 11);
  CHECK(unknown->hint.find("run.failures") != std::string::npos);
  CHECK(mistake("run.failures:many")->offset == 13);
  CHECK(mistake("run.risk:>=huge").has_value());
  CHECK(mistake("run.duration:soon").has_value());
  CHECK(mistake("run.steps:3*").has_value());
  CHECK(mistake("run.agent:>a").has_value());
  const auto mixed = mistake("a (refund OR run.failures:>0)");
  REQUIRE(mixed.has_value());
  CHECK(mixed->offset == 13);
  // Elsewhere they are a mistake, and not silently nothing.
  const auto entries = parse_query("refund run.failures:>0", from_nanoseconds(0));
  REQUIRE_FALSE(entries.has_value());
  CHECK(entries.error().offset == 7);
  CHECK_FALSE(make_filter("run.steps", "3", from_nanoseconds(0)).has_value());
}

TEST_CASE("the traces of a session are runs of their own") {
  const test::TempFolder folder;
  const LedgerView view = test::ledger_with(
      folder / "a.ledger", {
                               at(0, "note", {{Field::session, "s"}, {Field::trace, "t1"}}),
                               at(1, "note", {{Field::session, "s"}, {Field::trace, "t2"}}),
                               at(2, "note", {{Field::trace, "t1"}}),
                               at(3, "note", {{Field::trace, "t3"}}),
                               at(4, "note", {{Field::trace, "t2"}}),
                           });
  CHECK(runs({&view, 1}, "") == Ids{"s", "t3"});
  RunSearch search({&view, 1}, RunQuery());
  REQUIRE(search.next());
  CHECK(search.run().entries == 4);
}

TEST_CASE("the rows of runs differ from what a trace of each says") {
  std::mt19937 random(7);
  const test::TempFolder folder;
  std::vector<LedgerView> views;
  std::map<std::string, std::size_t> entries;
  for (const char* name : {"a.ledger", "b.ledger"}) {
    std::vector<Event> events;
    for (int i = 0; i < 1500; ++i) {
      const std::string session = "s" + std::to_string(random() % 90);
      const std::string call = "c" + std::to_string(random() % 5);
      const bool is_loose = random() % 50 == 0;
      Event event = at(static_cast<std::int64_t>(random() % 100'000),
                       random() % 2 == 0 ? "tool.call" : "tool.result", {});
      event.envelope.set_text(Field::tool_call_id, call);
      if (random() % 9 == 0) event.envelope.set_text(Field::status, "error");
      if (!is_loose) {
        event.envelope.set_text(Field::session, session);
        ++entries[session];
      } else {
        event.envelope.set_text(Field::tool_call_id, "lost");  // names no run's call
      }
      events.push_back(std::move(event));
    }
    views.push_back(test::ledger_with(folder / name, events));
  }
  std::set<std::string> seen;
  RunSearch search(views, RunQuery());
  while (search.next()) {
    const Trace& row = search.run();
    CHECK(seen.insert(row.id).second);
    CHECK(row.entries == entries[row.id]);
    const auto alone = trace_of(views, row.id);
    REQUIRE(alone.has_value());
    CHECK(row.steps.size() == alone->steps.size());
    CHECK(row.failures == alone->failures);
    CHECK(row.gap_count() == alone->gap_count());
    CHECK(row.begin == alone->begin);
    CHECK(row.end == alone->end);
  }
  CHECK(seen.size() == entries.size());
}

TEST_CASE("an entry that two runs name is one's when that run is read alone") {
  const test::TempFolder folder;
  const LedgerView view = test::ledger_with(
      folder / "a.ledger", {
                               at(0, "note", {{Field::session, "a"}, {Field::parent, "shared"}}),
                               at(1, "note", {{Field::session, "b"}, {Field::parent, "shared"}}),
                               at(2, "note", {{Field::session, "c"}, {Field::parent, "own"}}),
                               at(3, "note", {{Field::event_id, "shared"}}),
                               at(4, "note", {{Field::event_id, "own"}}),
                           });
  std::map<std::string, std::uint64_t> rows;
  RunSearch search({&view, 1}, RunQuery());
  while (search.next()) rows[search.run().id] = search.run().entries;
  CHECK(rows == std::map<std::string, std::uint64_t>{{"a", 1}, {"b", 1}, {"c", 2}});
  for (const auto& [id, entries] : rows) {
    const auto alone = trace_of({&view, 1}, id);
    REQUIRE(alone.has_value());
    CHECK(alone->entries == entries);
  }
}

TEST_CASE("a run that is too long keeps others from being listed") {
  const test::TempFolder folder;
  create_ledger(folder / "a.ledger", {"example.com/test", {}, {}});
  Ledger ledger = Ledger::open(folder / "a.ledger");
  ledger.append(std::vector<Event>{at(0, "note", {{Field::session, "short"}})});
  const std::vector<Event> events(10'000, at(1, "note", {{Field::session, "long"}}));
  for (int i = 0; i < 6; ++i) ledger.append(events);
  ledger.close();
  const LedgerView view = LedgerView::open(folder / "a.ledger");
  CHECK(runs({&view, 1}, "") == Ids{"long", "short"});
  CHECK(runs({&view, 1}, "run.complete:yes") == Ids{"short"});
  const auto told = trace_of({&view, 1}, "long");
  REQUIRE(told.has_value());
  CHECK(told->entries == kMaxTraceEntries);
  REQUIRE(told->gaps.size() == 1);
  CHECK(told->gaps[0].kind == Gap::Kind::cut);
}

}  // namespace audit
