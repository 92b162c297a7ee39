#include <audit/facet.hpp>
#include <audit/merged_search.hpp>
#include <audit/query.hpp>
#include <audit/trace.hpp>

#include <array>
#include <atomic>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "run_events.hpp"
#include "temp_folder.hpp"
#include "thrown.hpp"

namespace audit {
namespace {

using test::at;
using Seqs = std::vector<std::uint64_t>;

Query ask(std::string_view text) {
  const auto question = parse_query(text, parse_timestamp("2026-08-10T12:00:00Z").value());
  REQUIRE_MESSAGE(question.has_value(), text);
  return *question;
}

Seqs answers(const LedgerView& view, std::string_view text, Order order = Order::oldest_first) {
  Seqs numbers;
  Search search(view, ask(text), {.order = order});
  while (search.next()) numbers.push_back(search.entry().seq);
  return numbers;
}

Event call(std::string_view id, std::string_view type, test::Fields fields = {}) {
  fields.emplace_back(Field::session, "s");
  fields.emplace_back(Field::tool_call_id, id);
  return at(0, type, fields);
}

struct Calls {
  Calls()
      : view(test::ledger_with(
            folder / "a.ledger",
            {
                call("approved", "tool.call", {{Field::status, "ok"}}),            // 1
                call("approved", "approval.requested"),                            // 2
                call("approved", "approval.granted", {{Field::approver, "kim"}}),  // 3
                call("denied", "tool.proposed"),                                   // 4
                call("denied", "policy.decision",
                     {{Field::decision, "deny"}, {Field::policy, "limits"}}),  // 5
                call("alone", "tool.call"),                                    // 6
                at(0, "note", {{Field::session, "s"}}),                        // 7
                at(0, "tool.call", {{Field::status, "error"}}),                // 8
                at(0, "approval.granted", {{Field::tool_call_id, "alone"}}),   // 9
            })) {}

  test::TempFolder folder;
  LedgerView view;
};

}  // namespace

TEST_CASE("a test of calls finds others than it says") {
  const Calls ledger;
  const auto of = [&](std::string_view text) { return answers(ledger.view, text); };
  CHECK(of("call.approved:yes type:tool.call") == Seqs{1, 6});
  CHECK(of("call.approved:no") == Seqs{4, 5, 8});
  CHECK(of("call.denied:yes type:tool.proposed") == Seqs{4});
  CHECK(of("call.allowed:yes type:tool.call") == Seqs{1, 6});
  CHECK(of("call.allowed:no") == Seqs{4, 5, 8});
  CHECK(of("call.ran:no") == Seqs{4, 5});
  CHECK(of("call.by:kim") == Seqs{1, 2, 3});
  CHECK(of("call.by:lim*") == Seqs{4, 5});
  CHECK(of("call.outcome:error") == Seqs{8});
  CHECK(of("call.gap:result-missing") == Seqs{6, 9});
  CHECK(of("call.requested:yes type:approval call.ran:yes") == Seqs{2, 3, 9});
  CHECK(of("(call.denied:yes OR call.outcome:error) -call.by:limits") == Seqs{8});
  CHECK(of("type:note call.ran:no").empty());  // it is about no call
  CHECK(answers(ledger.view, "call.ran:no", Order::newest_first) == Seqs{5, 4});
}

TEST_CASE("counts over calls differ from what is listed") {
  const Calls ledger;
  const Query question = ask("call.approved:no");
  CHECK(Search(ledger.view, question).count() == 3);
  CHECK(MergedSearch({&ledger.view, 1}, question).count() == 3);
  const std::array fields{Field::type};
  const Facets facets = count_by(ledger.view, question, fields);
  CHECK(facets.rows.size() == 3);
  CHECK(count_over_time(ledger.view, question, std::chrono::hours(1)).bars.size() == 1);
  CHECK(question.asks_about_calls());
  CHECK_FALSE(question.matches_all());
  CHECK(question.and_also(ask("type:note")).asks_about_calls());
}

TEST_CASE("an approval in another ledger is no approval") {
  const test::TempFolder folder;
  std::vector<LedgerView> views;
  views.push_back(test::ledger_with(folder / "a.ledger", {call("c", "tool.call")}));
  views.push_back(test::ledger_with(folder / "b.ledger", {call("c", "approval.granted")}));
  CHECK(MergedSearch(views, ask("type:tool.call call.approved:yes")).count() == 1);
  CHECK(MergedSearch({views.data(), 1}, ask("type:tool.call call.approved:yes")).count() == 0);
  MergedSearch search(views, ask("call.approved:yes"));
  CHECK(search.next());
  CHECK(search.next());
  CHECK_FALSE(search.next());
}

TEST_CASE("a mistake about calls is not told") {
  const auto mistake = [](std::string_view text) {
    const auto question = parse_query(text, from_nanoseconds(0));
    REQUIRE_FALSE(question.has_value());
    return question.error();
  };
  CHECK(mistake("call.approvd:no").hint == "did you mean 'call.approved'?");
  CHECK(mistake("refund OR call.approved:no").offset == 10);
  CHECK(mistake("-(refund call.approved:no)").offset == 9);
  CHECK(mistake("call.approved:maybe").offset == 14);
  CHECK(mistake("call.gap:>1").offset == 9);
  const Calls ledger;
  CHECK(test::code_of([&] { Following(ledger.folder / "a.ledger", ask("call.ran:yes")); }) ==
        ErrorCode::invalid_argument);
}

TEST_CASE("a word that is no gap of calls answers nothing instead of being refused") {
  const auto asked = [](std::string_view text) { return parse_query(text, from_nanoseconds(0)); };
  REQUIRE_FALSE(asked("call.gap:not-aproved").has_value());
  CHECK(asked("call.gap:not-aproved").error().hint == "did you mean 'not-approved'?");
  CHECK(asked("call.gap:denied,sideways").error().offset == 16);
  CHECK(asked("call.gap:nothing*").has_value() == false);
  CHECK(asked("call.gap:result*").has_value());
  for (int kind = 0; kind <= static_cast<int>(Gap::Kind::cycle); ++kind) {
    const std::string name(to_string(static_cast<Gap::Kind>(kind)));
    const bool of_runs =
        name == "parent-missing" || name == "end-missing" || name == "cut" || name == "cycle";
    CHECK_MESSAGE(asked("call.gap:" + name).has_value() != of_runs, name);
  }
}

TEST_CASE("a call in a run too long to be read is taken for one that nobody approved") {
  const test::TempFolder folder;
  std::vector<Event> events;
  const auto call = [&](std::string_view type, std::size_t id) {
    events.push_back(at(static_cast<std::int64_t>(events.size()), type,
                        {{Field::session, "s"}, {Field::tool_call_id, "c" + std::to_string(id)}}));
  };
  for (std::size_t i = 0; i < kMaxTraceEntries; ++i) {
    events.push_back(at(static_cast<std::int64_t>(i), "note", {{Field::session, "s"}}));
  }
  constexpr std::size_t kCalls = 3000;
  std::uint64_t approved = 0;
  for (std::size_t i = 0; i < kCalls; ++i) {
    call("tool.call", i);
    if (i % 3 != 0) continue;
    call("approval.granted", i);
    ++approved;
  }
  const LedgerView view = test::ledger_with(folder / "a.ledger", events);
  for (const Order order : {Order::newest_first, Order::oldest_first}) {
    Search search(view, ask("type:tool.call call.approved:no"), {.order = order});
    std::uint64_t found = 0;
    while (search.next()) {
      const std::string_view id = search.entry().envelope.text(Field::tool_call_id);
      CHECK(std::stoul(std::string(id.substr(1))) % 3 != 0);
      ++found;
    }
    CHECK(found == kCalls - approved);
    CHECK(search.statistics().judged_by_ids == kCalls);
  }
}

TEST_CASE("a search about calls goes on though it was told to stop") {
  const Calls ledger;
  const std::atomic<bool> stop = true;
  Search search(ledger.view, ask("call.ran:no"), {.stop = &stop});
  CHECK_FALSE(search.next());
}

TEST_CASE("a copy of the ledger beside it is searched in its stead") {
  const Calls ledger;
  const LedgerView again = LedgerView::open(ledger.folder / "a.ledger");
  const std::span<const LedgerView> copy(&again, 1);
  CHECK(test::code_of([&] { Search(ledger.view, ask("call.ran:no"), {.beside = copy}); }) ==
        ErrorCode::invalid_argument);
}

TEST_CASE("calls in runs by trace, by session and in none are mixed up where they alternate") {
  const test::TempFolder folder;
  std::vector<Event> events;
  Seqs expected;
  for (std::size_t i = 0; i < 600; ++i) {
    const std::string number = std::to_string(i);
    const std::string id = "c" + number;
    const std::string session = "s" + number;
    const std::string trace = "t" + number;
    test::Fields of{{Field::tool_call_id, id}};
    if (i % 3 == 0) of.emplace_back(Field::session, session);
    if (i % 3 == 1 || i % 6 == 3) of.emplace_back(Field::trace, trace);
    events.push_back(at(0, "tool.call", of));
    if (i % 2 == 0) {
      expected.push_back(events.size());
      continue;
    }
    // By the trace alone, where there is one.
    test::Fields by{{Field::tool_call_id, id}};
    if (i % 3 != 2) by.emplace_back(Field::trace, trace);
    events.push_back(at(1, "approval.granted", by));
  }
  const LedgerView view = test::ledger_with(folder / "a.ledger", events);
  CHECK(answers(view, "type:tool.call call.approved:no") == expected);
  CHECK(answers(view, "type:tool.call call.approved:yes").size() == 300);
}

TEST_CASE("reading runs ahead changes the answer") {
  std::mt19937 random(11);
  const test::TempFolder folder;
  std::vector<Event> events;
  Seqs expected;
  std::vector<bool> approved(3000);
  for (std::size_t i = 0; i < approved.size(); ++i) approved[i] = random() % 3 == 0;
  std::vector<std::string> sessions;
  for (std::size_t i = 0; i < approved.size(); ++i) sessions.push_back("s" + std::to_string(i));
  for (std::size_t i = 0; i < approved.size(); ++i) {
    events.push_back(
        at(0, "tool.call", {{Field::session, sessions[i]}, {Field::tool_call_id, "1"}}));
    if (approved[i]) expected.push_back(events.size());
  }
  for (std::size_t i = 0; i < approved.size(); ++i) {
    if (!approved[i]) continue;
    events.push_back(
        at(1, "approval.granted", {{Field::session, sessions[i]}, {Field::tool_call_id, "1"}}));
  }
  const LedgerView view = test::ledger_with(folder / "a.ledger", events);
  CHECK(answers(view, "type:tool.call call.approved:yes") == expected);
  Seqs newest = answers(view, "type:tool.call call.approved:yes", Order::newest_first);
  std::reverse(newest.begin(), newest.end());
  CHECK(newest == expected);
}

}  // namespace audit
