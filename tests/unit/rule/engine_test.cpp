#include "rule/engine.hpp"

#include <audit/rules.hpp>

#include <map>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "rule/alert.hpp"

namespace audit::rule {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStart = 1'700'000'000 * kSecond;

RuleSet set_of(std::string_view rules) {
  auto set = parse_rules(
      fmt::format(R"({{"schema":"audit.rules/1","name":"s","version":"1","rules":[{}]}})", rules),
      from_nanoseconds(kStart));
  REQUIRE(set);
  return *set;
}

// One rule under test, and the events it is asked about, a second apart unless told otherwise.
class Watched {
 public:
  explicit Watched(std::string_view members, std::string_view action = "alert")
      : Watched(set_of(
            fmt::format(R"({{"id":"r","title":"a title","severity":"high","action":"{}",{}}})",
                        action, members))) {}

  explicit Watched(const RuleSet& set) : set_(set), engine_({set}) {}

  using Fields = std::vector<std::pair<Field, std::string>>;

  Watched& at(std::int64_t second) {
    received_ = kStart + second * kSecond;
    return *this;
  }

  // The number of the entry that the rule fires at; what it fires with is in `last`.
  bool event(std::string_view type, const Fields& fields = {}, std::string_view payload = "{}",
             std::optional<std::int64_t> time = {}) {
    envelope_.clear();
    envelope_.set_text(Field::type, type);
    if (time) envelope_.set_number(Field::time, kStart + *time * kSecond);
    for (const auto& [field, value] : fields) {
      if (info(field).type == FieldType::integer) {
        envelope_.set_number(field, std::stoll(value));
      } else {
        envelope_.set_text(field, value);
      }
    }
    std::vector<Firing> firings;
    engine_.look_at(seen(payload), firings);
    if (!firings.empty()) last = firings.back();
    received_ += kSecond;
    return !firings.empty();
  }

  void recall(std::string_view type, const Fields& fields = {}) {
    envelope_.clear();
    envelope_.set_text(Field::type, type);
    for (const auto& [field, value] : fields) envelope_.set_text(field, value);
    engine_.recall(seen("{}"));
    received_ += kSecond;
  }

  // What did not come by a second.
  std::vector<std::uint64_t> absent(std::int64_t second) {
    std::vector<Firing> firings;
    engine_.run_out(kStart + second * kSecond, firings);
    std::vector<std::uint64_t> about;
    for (const Firing& firing : firings) about.push_back(firing.entries.front().seq);
    if (!firings.empty()) last = firings.back();
    return about;
  }

  // Whether the last event would be kept back, if it came again.
  bool again() {
    std::vector<Firing> firings;
    engine_.look_again(seen("{}"), firings);
    return !firings.empty();
  }

  Engine& engine() { return engine_; }

  Firing last;
  bool is_live = false;

 private:
  Seen seen(std::string_view payload) {
    ++seq_;
    Digest hash;
    hash.bytes[0] = static_cast<std::uint8_t>(seq_);
    return {envelope_, payload, true, seq_, received_, hash, is_live};
  }

  RuleSet set_;
  Engine engine_;
  Envelope envelope_;
  std::uint64_t seq_ = 0;
  std::int64_t received_ = kStart;
};

using Events = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a rule that fires at what it is not about, or not at what it is") {
  Watched rule(R"("when":"type:tool.call tool:rm payload.path:/etc*")");
  CHECK(rule.event("tool.call", {{Field::tool, "rm"}}, R"({"path":"/etc/passwd"})"));
  CHECK(rule.last.entries.size() == 1);
  CHECK(rule.last.entries.front().seq == 1);
  CHECK_FALSE(rule.event("tool.call", {{Field::tool, "rm"}}, R"({"path":"/tmp"})"));
  CHECK_FALSE(rule.event("tool.result", {{Field::tool, "rm"}}, R"({"path":"/etc"})"));
}

TEST_CASE("a threshold that fires for each event, or never again") {
  Watched rule(R"("when":"type:error","threshold":"count >= 3 in 10s by agent")");
  const Watched::Fields a{{Field::agent, "a"}};
  const Watched::Fields b{{Field::agent, "b"}};
  CHECK_FALSE(rule.at(0).event("error", a));
  CHECK_FALSE(rule.event("error", b));
  CHECK_FALSE(rule.event("error", a));
  CHECK_FALSE(rule.event("error"));  // without an agent it is nobody's
  CHECK(rule.event("error", a));
  CHECK(rule.last.count == 3);
  CHECK(rule.last.group == std::vector<std::string>{"a"});
  REQUIRE(rule.last.entries.size() == 3);
  CHECK(rule.last.entries[0].seq == 1);
  CHECK(rule.last.entries[2].seq == 5);
  CHECK_FALSE(rule.event("error", a));  // it was told
  CHECK_FALSE(rule.at(30).event("error", a));
  CHECK_FALSE(rule.event("error", a));
  CHECK(rule.event("error", a));  // it had fallen below
}

TEST_CASE("a threshold that lets through what comes after it was reached") {
  Watched rule(R"("when":"type:tool.call","threshold":"count >= 2 in 10s")", "block");
  CHECK_FALSE(rule.at(0).event("tool.call"));
  CHECK(rule.event("tool.call"));
  CHECK(rule.event("tool.call"));
  CHECK_FALSE(rule.at(60).event("tool.call"));
}

TEST_CASE("an event at the very edge of a window on the wrong side of it") {
  Watched rule(R"("when":"*","threshold":"count >= 2 in 10s")");
  CHECK_FALSE(rule.at(0).event("a"));
  CHECK_FALSE(rule.at(10).event("a"));  // (0, 10]: the first is out
  CHECK(rule.at(19).event("a"));
}

TEST_CASE("a window that goes by receipt where events say their own time") {
  Watched rule(R"("when":"*","threshold":"count >= 3 in 10s")");
  // Received all at once, from a file of events that lie far apart.
  CHECK_FALSE(rule.at(1000).event("a", {}, "{}", 0));
  CHECK_FALSE(rule.event("a", {}, "{}", 100));
  CHECK_FALSE(rule.event("a", {}, "{}", 200));
  // Out of order, but close together.
  CHECK_FALSE(rule.event("a", {}, "{}", 205));
  CHECK(rule.event("a", {}, "{}", 203));
}

TEST_CASE("events that come now and say that they were long ago escape a threshold") {
  for (const bool is_live : {false, true}) {
    CAPTURE(is_live);
    Watched rule(R"("when":"*","threshold":"count >= 3 in 10s")", "block");
    rule.is_live = is_live;
    CHECK_FALSE(rule.at(1000).event("a", {}, "{}", 500));
    CHECK_FALSE(rule.event("a", {}, "{}", 300));
    CHECK(rule.event("a", {}, "{}", 100) == is_live);
    CHECK(rule.event("a", {}, "{}", 0) == is_live);
    CHECK_FALSE(rule.at(1100).event("a", {}, "{}", 700));
  }
  // Once for both clocks, though it is reached by one and then the other.
  Watched once(R"("when":"*","threshold":"count >= 2 in 10s")");
  once.is_live = true;
  CHECK_FALSE(once.at(1000).event("a", {}, "{}", 500));
  CHECK(once.event("a", {}, "{}", 300));
  CHECK_FALSE(once.event("a", {}, "{}", 501));
}

TEST_CASE("an event that is asked about again is counted again, or held back for nothing") {
  Watched rule(R"("when":"type:a","threshold":"count >= 2 in 10s by agent")", "block");
  CHECK_FALSE(rule.event("a", {{Field::agent, "x"}}));
  CHECK_FALSE(rule.again());
  CHECK_FALSE(rule.again());
  CHECK(rule.event("a", {{Field::agent, "x"}}));
  CHECK(rule.again());
  Watched alert(R"("when":"type:a")", "alert");
  CHECK(alert.event("a"));
  CHECK_FALSE(alert.again());
}

TEST_CASE("one event from the future that blinds a threshold for ever") {
  Watched rule(R"("when":"*","threshold":"count >= 3 in 10s")");
  CHECK_FALSE(rule.at(0).event("a", {}, "{}", 1'000'000'000));
  CHECK_FALSE(rule.event("a"));
  CHECK(rule.event("a"));
}

TEST_CASE("a sum that is wrong: compared with adding up all that lies in the window") {
  Watched rule(R"("when":"*","threshold":"sum(cost) >= 0.00000002 in 20s by agent")");
  std::mt19937 random(7);
  std::map<std::string, std::vector<std::pair<std::int64_t, std::int64_t>>> events;
  std::map<std::string, bool> told;
  int fired = 0;
  for (std::int64_t second = 0; second < 2000; second += static_cast<std::int64_t>(random() % 4)) {
    const std::string agent(1, static_cast<char>('a' + random() % 3));
    const auto cost = static_cast<std::int64_t>(random() % 5);
    events[agent].emplace_back(second, cost);
    std::int64_t sum = 0;
    for (const auto& [at, value] : events[agent]) sum += at > second - 20 ? value : 0;
    const bool wanted = sum >= 20 && !told[agent];
    told[agent] = sum >= 20;
    CHECK(rule.at(second).event(
              "a", {{Field::agent, agent}, {Field::cost_nano, std::to_string(cost)}}) == wanted);
    if (wanted) CHECK(rule.last.sum == sum);
    fired += wanted;
  }
  CHECK(fired > 10);
}

TEST_CASE("a sum without bounds that turns round, or never comes down again") {
  Watched rule(R"("when":"*","threshold":"sum(tokens_in) >= 100 in 10s")");
  const Watched::Fields huge{{Field::tokens_in, "9223372036854775807"}};
  CHECK(rule.at(0).event("a", huge));
  CHECK_FALSE(rule.event("a", huge));
  CHECK_FALSE(rule.at(60).event("a", {{Field::tokens_in, "5"}}));
  CHECK(rule.event("a", {{Field::tokens_in, "95"}}));
}

TEST_CASE("what came before, of another, too long ago, or the event itself") {
  Watched rule(R"("when":"type:tool.call",
                  "after":{"query":"decision:deny","within":"10s","by":"tool_call_id"})");
  const auto call = [](std::string id) { return Watched::Fields{{Field::tool_call_id, id}}; };
  const auto deny = [](std::string id) {
    return Watched::Fields{{Field::tool_call_id, id}, {Field::decision, "deny"}};
  };
  CHECK_FALSE(rule.at(0).event("tool.call", deny("x")));  // it is no earlier event than itself
  CHECK_FALSE(rule.event("policy.decision", deny("1")));
  CHECK_FALSE(rule.event("tool.call", call("2")));
  CHECK(rule.event("tool.call", call("1")));
  REQUIRE(rule.last.entries.size() == 2);
  CHECK(rule.last.entries[0].seq == 2);
  CHECK(rule.last.entries[1].seq == 4);
  CHECK_FALSE(rule.event("tool.call"));
  CHECK_FALSE(rule.at(60).event("tool.call", call("1")));
}

TEST_CASE("a call without an id that needs no approval for that") {
  Watched rule(R"("when":"type:tool.call",
                  "unless":{"query":"type:approval.granted","within":"10s","by":"tool_call_id"})");
  CHECK(rule.at(0).event("tool.call"));
  CHECK_FALSE(rule.event("approval.granted", {{Field::tool_call_id, "1"}}));
  CHECK_FALSE(rule.event("tool.call", {{Field::tool_call_id, "1"}}));
  CHECK(rule.event("tool.call", {{Field::tool_call_id, "2"}}));
  CHECK(rule.at(60).event("tool.call", {{Field::tool_call_id, "1"}}));
}

TEST_CASE("groups that are taken for one because their values run together") {
  Watched rule(R"("when":"*","threshold":"count >= 2 in 10s by agent, tool")");
  CHECK_FALSE(rule.at(0).event("a", {{Field::agent, "x"}, {Field::tool, "1:y"}}));
  CHECK_FALSE(rule.event("a", {{Field::agent, "x1:"}, {Field::tool, "y"}}));
  CHECK_FALSE(rule.event("a", {{Field::agent, "x:1"}, {Field::tool, "y"}}));
  CHECK(rule.event("a", {{Field::agent, "x"}, {Field::tool, "1:y"}}));
}

TEST_CASE("an absent answer that is told too early, twice, or though it came") {
  Watched rule(R"("when":"type:tool.call",
                  "absent":{"query":"type:tool.result","within":"10s","by":"tool_call_id"})");
  const auto id = [](std::string text) { return Watched::Fields{{Field::tool_call_id, text}}; };
  CHECK_FALSE(rule.at(0).event("tool.call", id("1")));
  CHECK_FALSE(rule.at(1).event("tool.call", id("2")));
  CHECK_FALSE(rule.at(2).event("tool.call"));  // nobody could tell its answer
  CHECK(rule.engine().next_deadline() == kStart + 10 * kSecond);
  CHECK_FALSE(rule.at(5).event("tool.result", id("1")));
  CHECK(rule.engine().next_deadline() == kStart + 11 * kSecond);
  CHECK(rule.absent(11) == Events{});
  CHECK(rule.absent(12) == Events{2});
  CHECK(rule.last.group == std::vector<std::string>{"2"});
  CHECK(rule.absent(100) == Events{});
  CHECK_FALSE(rule.engine().next_deadline());
  // An answer that came too late is none.
  CHECK_FALSE(rule.at(200).event("tool.call", id("3")));
  CHECK_FALSE(rule.at(220).event("tool.result", id("3")));
  CHECK(rule.absent(221) == Events{5});
}

TEST_CASE("a heartbeat that answers itself") {
  Watched rule(R"("when":"type:heartbeat",
                  "absent":{"query":"type:heartbeat","within":"10s","by":"agent"})");
  const Watched::Fields a{{Field::agent, "a"}};
  CHECK_FALSE(rule.at(0).event("heartbeat", a));
  CHECK_FALSE(rule.at(8).event("heartbeat", a));
  CHECK(rule.absent(12) == Events{});
  CHECK(rule.absent(19) == Events{2});
}

TEST_CASE("a new run that tells again what was told, or forgets what it was waiting for") {
  const std::string absent =
      R"("when":"type:tool.call","absent":{"query":"type:tool.result","within":"10s","by":"tool_call_id"})";
  Watched first(absent);
  CHECK_FALSE(first.at(0).event("tool.call", {{Field::tool_call_id, "1"}}));
  CHECK(first.absent(60) == Events{1});
  base::JsonReader json;
  const auto earlier = read_alert(json, to_json(first.last));
  REQUIRE(earlier);
  CHECK(earlier->entries == Events{1});

  Watched told(absent);
  told.at(0).recall("tool.call", {{Field::tool_call_id, "1"}});
  told.engine().recall(*earlier);
  CHECK(told.absent(60) == Events{});
  Watched not_told(absent);
  not_told.at(0).recall("tool.call", {{Field::tool_call_id, "1"}});
  CHECK(not_told.absent(60) == Events{1});
}

TEST_CASE("a threshold that a new run tells again, or never tells because it was reached before") {
  const std::string members = R"("when":"*","threshold":"count >= 2 in 100s by agent")";
  const Watched::Fields a{{Field::agent, "a"}};
  Watched first(members);
  CHECK_FALSE(first.at(0).event("x", a));
  CHECK(first.event("x", a));
  base::JsonReader json;
  const auto earlier = read_alert(json, to_json(first.last));
  REQUIRE(earlier);
  Watched told(members);
  told.at(0).recall("x", a);
  told.recall("x", a);
  told.engine().recall(*earlier);
  CHECK_FALSE(told.event("x", a));
  Watched new_rule(members);  // nobody watched when it was reached
  new_rule.at(0).recall("x", a);
  new_rule.recall("x", a);
  CHECK(new_rule.event("x", a));
}

TEST_CASE("groups without bounds, or one forgotten that nobody is told of") {
  Watched rule(R"("when":"*","threshold":"count >= 2 in 1h by agent")");
  for (int i = 0; i < 10'000; ++i) {
    CHECK_FALSE(rule.at(0).event("a", {{Field::agent, std::to_string(i)}}));
  }
  CHECK(rule.engine().take_notes().empty());
  CHECK(rule.event("a", {{Field::agent, "0"}}));  // group 1 is now the oldest
  CHECK_FALSE(rule.event("a", {{Field::agent, "new"}}));
  CHECK_FALSE(rule.event("a", {{Field::agent, "1"}}));  // forgotten
  CHECK(rule.event("a", {{Field::agent, "9000"}}));
  CHECK(rule.engine().take_notes().size() == 1);
  CHECK_FALSE(rule.event("a", {{Field::agent, "newer"}}));
  CHECK(rule.engine().take_notes().empty());  // once
}

TEST_CASE("values of any length kept for each group, or long ones taken for each other") {
  Watched rule(R"("when":"*","threshold":"count >= 2 in 1h by session")");
  const std::string a(60'000, 'a');
  const std::string b = a.substr(1) + 'b';
  CHECK_FALSE(rule.event("x", {{Field::session, a}, {Field::event_id, a}}));
  CHECK_FALSE(rule.event("x", {{Field::session, b}}));
  CHECK(rule.event("x", {{Field::session, a}}));
  CHECK(to_json(rule.last).size() < 2000);
}

TEST_CASE("groups that are over, counted as forgotten") {
  Watched rule(R"("when":"*","threshold":"count >= 2 in 10s by agent")");
  for (int i = 0; i < 12'000; ++i) {
    CHECK_FALSE(rule.at(i).event("a", {{Field::agent, std::to_string(i)}}));
  }
  CHECK(rule.engine().take_notes().empty());
}

TEST_CASE("waits without bounds") {
  Watched rule(R"("when":"type:c","absent":{"query":"type:r","within":"1h","by":"span"})");
  for (int i = 0; i <= 65'536; ++i) {
    CHECK_FALSE(rule.at(0).event("c", {{Field::span, std::to_string(i)}}));
  }
  CHECK(rule.engine().take_notes().size() == 1);
  const Events about = rule.absent(7200);
  CHECK(about.size() == 65'536);
  CHECK(about.front() == 2);
}

TEST_CASE("an alert that does not say what it is about") {
  Watched rule(R"("when":"*","threshold":"sum(cost) >= 1.5 in 10s by agent")", "block");
  CHECK(rule.event("tool.call", {{Field::agent, "a\n\"b"},
                                 {Field::cost_nano, "1500000000"},
                                 {Field::event_id, "e1"},
                                 {Field::session, "s"}}));
  const std::string text = to_json(rule.last);
  CHECK(text.find('\n') == std::string::npos);
  base::JsonReader json;
  REQUIRE(json.parse(text) == base::JsonStatus::ok);
  const auto member = [&](const char* name) { return json.root().member(name); };
  CHECK(member("schema")->text() == "audit.alert/1");
  CHECK(member("rule")->text() == "r");
  CHECK(member("set")->text() == "s");
  CHECK(member("severity")->text() == "high");
  CHECK(member("action")->text() == "block");
  CHECK(member("sum")->number().d == 1.5);
  CHECK(member("group")->member("agent")->text() == "a\n\"b");
  CHECK(member("sha256")->text().size() == 64);
  Envelope about;
  about.set_text(Field::session, "s");
  about.set_text(Field::tool_call_id, "c");
  const Envelope envelope = to_envelope(rule.last, &about);
  CHECK(envelope.text(Field::type) == "guardrail.block");
  CHECK(envelope.text(Field::format) == kFormat);
  CHECK(envelope.text(Field::decision) == "deny");
  CHECK(envelope.text(Field::risk) == "high");
  CHECK(envelope.text(Field::links) == "e1");
  CHECK(envelope.text(Field::session) == "s");
  CHECK(envelope.text(Field::tool_call_id) == "c");
  CHECK_FALSE(envelope.has(Field::event_id));
}

}  // namespace audit::rule
