#include <audit/facet.hpp>
#include <audit/merged_search.hpp>
#include <audit/query.hpp>

#include <array>
#include <random>
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
