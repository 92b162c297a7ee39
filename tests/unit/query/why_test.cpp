#include <audit/why.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "query/payload_value.hpp"
#include "run_events.hpp"
#include "temp_folder.hpp"

namespace audit {
namespace {

using test::at;
using Seqs = std::vector<std::uint64_t>;

Seqs seqs(const std::vector<Place>& places) {
  Seqs numbers;
  for (const Place& place : places) numbers.push_back(place.seq);
  return numbers;
}

Explanation explain(const std::vector<Event>& events, std::uint64_t seq) {
  const test::TempFolder folder;
  const LedgerView view = test::ledger_with(folder / "a.ledger", events);
  const auto explanation = why({&view, 1}, {0, seq});
  REQUIRE(explanation.has_value());
  return *explanation;
}

Event in_run(std::int64_t ms, std::string_view type, test::Fields fields = {},
             std::string payload = "{}") {
  fields.emplace_back(Field::session, "s1");
  Event event = at(ms, type, fields);
  event.payload = std::move(payload);
  return event;
}

Event hashed(Event event, Field field, unsigned char first) {
  Digest digest{};
  digest.bytes[0] = first;
  event.envelope.set_hash(field, digest);
  return event;
}

const test::Fields kCall{{Field::tool_call_id, "c1"}, {Field::tool, "refund"}};

}  // namespace

TEST_CASE("what led to an action, allowed it and was seen of it is not found") {
  const Explanation told = explain(
      {
          hashed(in_run(0, "llm.call", {{Field::event_id, "m0"}}), Field::prompt_hash, 1),
          in_run(1, "reasoning", {{Field::event_id, "r0"}}),
          hashed(in_run(2, "llm.call", {{Field::event_id, "m1"}},
                        R"({"output_text":"I will refund it"})"),
                 Field::prompt_hash, 2),
          in_run(3, "reasoning"),
          in_run(4, "retrieval"),
          in_run(5, "risk.signal"),
          in_run(6, "tool.proposed", {{Field::tool_call_id, "c1"}, {Field::parent, "m1"}}),
          in_run(7, "policy.decision",
                 {{Field::tool_call_id, "c1"},
                  {Field::tool, "refund"},
                  {Field::decision, "ask"},
                  {Field::policy, "p"}}),
          in_run(8, "approval.requested", kCall),
          hashed(in_run(9, "approval.granted", kCall), Field::shown_hash, 7),
          hashed(in_run(10, "tool.call", kCall,
                        R"({"id":5,"tool_input":{"amount":120,"to":["a"]},"x":1})"),
                 Field::payload_hash, 7),
          in_run(11, "tool.result", kCall),
          in_run(12, "llm.call", {{Field::event_id, "m2"}}),
          in_run(13, "risk.signal"),
      },
      12);  // the result: any entry of the step will do
  CHECK(told.action.seq == 11);
  CHECK(told.run == "s1");
  CHECK(told.asked_by->seq == 3);
  CHECK(told.asked == Explanation::Asked::named);
  CHECK(told.said == "I will refund it");
  CHECK(seqs(told.reasoning) == Seqs{4});
  CHECK(told.tool == "refund");
  CHECK(told.arguments_in->seq == 11);
  CHECK(told.arguments == R"({"amount":120,"to":["a"]})");
  CHECK(told.prompt_in->seq == 3);
  CHECK(told.prompt_hash.starts_with("0200"));
  CHECK(seqs(told.policies) == Seqs{8});
  CHECK(seqs(told.signals) == Seqs{6});
  CHECK(told.results_read == 1);
  CHECK(seqs(told.requests) == Seqs{9});
  CHECK(seqs(told.approvals) == Seqs{10});
  CHECK(told.shown == Explanation::Shown::what_ran);
}

TEST_CASE("what nobody wrote down is made up") {
  const Explanation told = explain({in_run(0, "tool.call", kCall)}, 1);
  CHECK_FALSE(told.asked_by.has_value());
  CHECK(told.asked == Explanation::Asked::none);
  CHECK(told.reasoning.empty());
  CHECK_FALSE(told.arguments_in.has_value());
  CHECK_FALSE(told.prompt_in.has_value());
  CHECK(told.policies.empty());
  CHECK(told.signals.empty());
  CHECK(told.approvals.empty());
  CHECK(told.shown == Explanation::Shown::not_recorded);
}

TEST_CASE("another agent's thoughts, and later ones, are taken for what led to it") {
  const Explanation told = explain(
      {
          in_run(0, "reasoning", {{Field::agent, "mine"}}),
          in_run(1, "llm.call", {{Field::agent, "mine"}}),
          in_run(2, "llm.call", {{Field::agent, "other"}}),
          in_run(3, "reasoning", {{Field::agent, "other"}}),
          in_run(4, "tool.call", {{Field::agent, "mine"}, {Field::tool, "t"}}),
          in_run(5, "reasoning", {{Field::agent, "mine"}}),
          at(3, "reasoning", {{Field::session, "elsewhere"}, {Field::agent, "mine"}}),
      },
      5);
  CHECK(told.asked_by->seq == 2);
  CHECK(told.asked == Explanation::Asked::nearest);
  CHECK(seqs(told.reasoning) == Seqs{1});
}

TEST_CASE("an approver who saw something else than ran looks well informed") {
  const auto shown = [](const Event& approval, const Event& call) {
    return explain({approval, call}, 2).shown;
  };
  const Event approval = in_run(0, "approval.granted", kCall);
  const Event call = in_run(1, "tool.call", kCall);
  CHECK(shown(hashed(approval, Field::shown_hash, 1), hashed(call, Field::payload_hash, 2)) ==
        Explanation::Shown::something_else);
  CHECK(shown(hashed(approval, Field::shown_hash, 1), call) == Explanation::Shown::unknown);
  CHECK(shown(approval, hashed(call, Field::payload_hash, 2)) == Explanation::Shown::not_recorded);
}

TEST_CASE("an entry that is not there, or only carries others, is explained") {
  const test::TempFolder folder;
  const LedgerView view =
      test::ledger_with(folder / "a.ledger", {at(0, "source.record", {}), at(0, "note", {})});
  CHECK_FALSE(why({&view, 1}, {0, 3}).has_value());
  CHECK_FALSE(why({&view, 1}, {1, 1}).has_value());
  CHECK_FALSE(why({&view, 1}, {0, 1}).has_value());
  const auto alone = why({&view, 1}, {0, 2});
  REQUIRE(alone.has_value());
  CHECK(alone->run.empty());
}

TEST_CASE("arguments in an attribute of OpenTelemetry are taken for no record") {
  const auto names = std::to_array<std::string_view>({"tool.args", "input"});
  const auto value = [&](std::string_view payload) {
    return query::value_named(payload, names, 100);
  };
  CHECK(value(R"({"attributes":[{"key":"a","value":{"stringValue":"x"}},
                                {"key":"tool.args","value":{"stringValue":"{\"n\":1}"}}]})") ==
        R"({"n":1})");
  CHECK(value(R"([{"key":"tool.args","value":{"arrayValue":{"values":[{"intValue":"7"}]}}}])") ==
        R"({"values":[{"intValue":"7"}]})");
  CHECK(value(R"([{"key":"other","value":{"stringValue":"tool.args"}}])").empty());
  CHECK(value(R"({"key":"tool.args","input":"y"})") == "y");
}

TEST_CASE("the arguments of a call are told by a lesser name that comes first") {
  const auto names = std::to_array<std::string_view>({"tool_input", "tool_parameters"});
  const auto value = [&](std::string_view payload) {
    return query::value_named(payload, names, 100);
  };
  CHECK(value(R"({"tool_parameters":{"mcp_tool_name":"x"},"tool_input":{"n":1}})") == R"({"n":1})");
  CHECK(value(R"([{"key":"tool_parameters","value":{"stringValue":"{}"}},
                  {"key":"tool_input","value":{"stringValue":"{\"n\":1}"}}])") == R"({"n":1})");
  CHECK(value(R"({"tool_parameters":{"tool_input":2}})") == R"({"tool_input":2})");
  CHECK(value(R"({"tool_input":{"n":1},"tool_parameters":{"m":2}})") == R"({"n":1})");
}

TEST_CASE("arguments are cut out of a payload wrongly") {
  const auto value = [](std::string_view payload, std::size_t most = 1000) {
    const auto names = std::to_array<std::string_view>({"args", "input"});
    return query::value_named(payload, names, most);
  };
  CHECK(value(R"({"a":1,"input":{"x":[1,{"y":null}],"z":"q\"u"},"args":2})") ==
        R"({"x":[1,{"y":null}],"z":"q\"u"})");
  CHECK(value(R"({"deep":{"args":[]},"input":1})") == "[]");
  CHECK(value(R"({"args":"plain text"})") == "plain text");
  CHECK(value(R"({"args":{}})") == "{}");
  CHECK(value(R"({"args":{"args":{"args":3}}})") == R"({"args":{"args":3}})");
  CHECK(value(R"({"input":[true,false,-3,18446744073709551615,0.5]})") ==
        "[true,false,-3,18446744073709551615,0.5]");
  CHECK(value(R"({"other":{"x":1}})").empty());
  CHECK(value("no JSON").empty());
  CHECK(value("").empty());
  CHECK(value(R"({"args":"aé"})", 2) == "a");  // between characters
  CHECK(value(R"({"args":[1111,2222,3333]})", 6) == "[1111,");
}

}  // namespace audit
