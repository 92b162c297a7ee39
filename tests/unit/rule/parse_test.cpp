#include <audit/rules.hpp>

#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "rule/set.hpp"
#include "rule/threshold.hpp"

namespace audit::rule {

namespace {

const Timestamp kNow = from_nanoseconds(1'700'000'000'000'000'000);

std::string set_of(std::string_view rules) {
  return fmt::format(R"({{"schema":"audit.rules/1","name":"s","version":"1","rules":[{}]}})",
                     rules);
}

// A rule with `members` behind those that every rule has.
std::string rule_with(std::string_view members) {
  return set_of(fmt::format(
      R"({{"id":"r","severity":"low","action":"alert","when":"type:tool.call"{}}})", members));
}

RuleError refused(const std::string& text) {
  auto set = parse_rules(text, kNow);
  REQUIRE_FALSE(set);
  return set.error();
}

// What is marked as wrong.
std::string marked(const RuleError& error) {
  return error.text.substr(error.problem.offset, error.problem.length);
}

}  // namespace

TEST_CASE("a rule that means something else than it says") {
  const auto set =
      parse_rules(rule_with(R"(,"title":"t","threshold":"sum(cost) > 0.5 in 90s by agent , tool",
                    "after":{"query":"type:error","within":"2h","by":"session"})"),
                  kNow);
  REQUIRE(set);
  CHECK(set->name() == "s");
  CHECK(set->size() == 1);
  const Rule& rule = set->set().rules.front();
  CHECK(rule.title == "t");
  CHECK(rule.severity == Severity::low);
  CHECK(rule.action == Action::alert);
  REQUIRE(rule.threshold);
  CHECK(rule.threshold->summed == Field::cost_nano);
  CHECK(rule.threshold->least == 500'000'001);
  CHECK(rule.threshold->span == std::chrono::seconds(90));
  CHECK(rule.threshold->by == Fields{Field::agent, Field::tool});
  REQUIRE(rule.after);
  CHECK(rule.after->within == std::chrono::hours(2));
  CHECK(rule.after->by == Fields{Field::session});
  CHECK_FALSE(rule.unless);
}

TEST_CASE("a mistake in a rule that is said of another place") {
  RuleError error = refused(rule_with(R"(,"unless":{"query":"a tol:x","within":"1h"})"));
  CHECK(error.rule == "r");
  CHECK(error.member == "unless.query");
  CHECK(marked(error) == "tol");
  CHECK(error.problem.hint.find("'tool'") != std::string::npos);

  error = refused(rule_with(R"(,"severty":"low")"));
  CHECK(error.rule == "r");
  CHECK(marked(error) == "severty");
  CHECK(error.problem.hint == "did you mean 'severity'?");

  error = refused(rule_with(R"(,"after":{"query":"a","within":"10","by":"agent"})"));
  CHECK(error.member == "after.within");
  error = refused(rule_with(R"(,"after":{"query":"a","within":"1h","by":"agent, sesion"})"));
  CHECK(error.member == "after.by");
  CHECK(marked(error) == "sesion");
  CHECK(error.problem.hint.find("'session'") != std::string::npos);
  error = refused(set_of(R"({"severity":"low"})"));
  CHECK(error.rule == "number 1");
}

TEST_CASE("a rule that is taken though it cannot be asked of one event") {
  for (const char* query : {"call.approved:no", "a OR run.gaps:>0"}) {
    const RuleError error = refused(set_of(
        fmt::format(R"({{"id":"r","severity":"low","action":"alert","when":"{}"}})", query)));
    CHECK(error.problem.message.find("told by several") != std::string::npos);
  }
  CHECK(refused(rule_with(R"(,"absent":{"query":"a","within":"1h"},"threshold":"count > 1 in 1h")"))
            .member == "absent");
  const std::string blocks = set_of(
      R"({"id":"r","severity":"low","action":"block","when":"a","absent":{"query":"b","within":"1h"}})");
  CHECK(refused(blocks).member == "action");
}

TEST_CASE("a file of rules that is taken though something in it has no meaning") {
  for (const std::string& text :
       {std::string(),
        std::string("[]"),
        std::string("{"),
        std::string("null"),
        set_of(""),
        set_of("1"),
        set_of(R"({"id":"r"})"),
        rule_with(R"(,"when":"b")"),
        rule_with(R"(,"title":"a\u202eb")"),
        rule_with(R"(,"title":"")"),
        rule_with(",\"title\":\"" + std::string(201, 'x') + '"'),
        rule_with(R"(,"after":"a")"),
        rule_with(R"(,"after":{"query":"a"})"),
        rule_with(R"(,"threshold":7)"),
        set_of(R"({"id":"a b","severity":"low","action":"flag","when":"a"})"),
        set_of(R"({"id":"a","severity":"urgent","action":"flag","when":"a"})"),
        set_of(R"({"id":"a","severity":"low","action":"drop","when":"a"})"),
        set_of(R"({"id":"a","severity":"low","action":"flag","when":"a"},
                  {"id":"a","severity":"low","action":"flag","when":"b"})"),
        std::string(R"({"schema":"audit.rules/2","name":"s","version":"1","rules":[]})"),
        std::string(kMaxRulesBytes, ' ') + set_of("")}) {
    CAPTURE(text.substr(0, 200));
    CHECK_FALSE(parse_rules(text, kNow));
  }
  std::string many;
  for (std::size_t i = 0; i <= kMaxRules; ++i) {
    many += fmt::format(R"({}{{"id":"r{}","severity":"low","action":"flag","when":"a"}})",
                        i == 0 ? "" : ",", i);
  }
  CHECK(refused(set_of(many)).problem.message == "more than 256 rules");
}

TEST_CASE("a threshold read wrongly, or a mistake in it marked elsewhere") {
  const auto threshold = parse_threshold("count>=20 in 5m by agent");
  REQUIRE(threshold);
  CHECK(threshold->least == 20);
  CHECK_FALSE(threshold->summed);
  CHECK(parse_threshold("count > 20 in 1d")->least == 21);
  CHECK(parse_threshold("sum( tokens_in ) >= 2.5 in 1d")->least == 3);
  CHECK(parse_threshold("sum(risk_score) >= 1.5 in 1d")->least == 1'500'000);

  struct Case {
    std::string_view text;
    std::string_view marked;
  };

  for (const Case& wrong :
       {Case{"", ""}, Case{"cont >= 2 in 5m", "cont"}, Case{"count < 2 in 5m", "<"},
        Case{"count >= x in 5m", "x"}, Case{"count >= 0 in 5m", "0"},
        Case{"count >= 10001 in 5m", ">="}, Case{"count >= 2 within 5m", "within"},
        Case{"count >= 2 in 5 m", "5"}, Case{"count >= 2 in 0s", "0s"},
        Case{"count >= 2 in 400d", "400d"}, Case{"count >= 2 in 5m for agent", "for"},
        Case{"count >= 2 in 5m by", ""}, Case{"count >= 2 in 5m by agnt", "agnt"},
        Case{"count >= 2 in 5m by agent agent", "agent"},
        Case{"count >= 2 in 5m by agent, agent", "agent"},
        Case{"count >= 2 in 5m by user, agent, tool, type, model", "model"},
        Case{"sum(agent) >= 2 in 5m", "agent"}, Case{"sum cost >= 2 in 5m", "cost"},
        Case{"sum(cost >= 2 in 5m", ">="}}) {
    CAPTURE(wrong.text);
    const auto refused = parse_threshold(wrong.text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().offset <= wrong.text.size());
    CHECK(wrong.text.substr(refused.error().offset, refused.error().length) == wrong.marked);
  }
}

}  // namespace audit::rule
