#include "match/predicate.hpp"

#include <string>

#include <doctest/doctest.h>

#include "entries.hpp"

namespace audit {
namespace {

using test::ask;
using test::check_all;
using test::EntryBuilder;

constexpr const char* kUuid = "550e8400-e29b-41d4-a716-446655440000";
constexpr const char* kHex = "e100a7ae0e8f92234b02b247f9f27561e1f1a2f3baba3bb5ea114bddb2f50021";

Entry a_tool_call() {
  return EntryBuilder()
      .seq(42)
      .received("2026-08-01T12:00:05Z")
      .time("2026-08-01T12:00:00Z")
      .set(Field::type, "tool.call")
      .set(Field::event_id, kUuid)
      .set(Field::agent, "billing-eu")
      .set(Field::user, "Alice Example")
      .set(Field::tool, "bash")
      .set(Field::side_effect, 1)
      .set(Field::tokens_in, 1500)
      .set(Field::cost_nano, 500'000'000)
      .set(Field::risk, "high")
      .set(Field::risk_score, 250'000)
      .set(Field::flags, "schema")
      .set(Field::flags, "future-time")
      .payload(
          R"({"type":"tool_call","input":{"command":"Refund the Customer's order, naïve",)"
          R"("amount":1200.5,"count":7,"dry_run":false,"note":null},"tags":["urgent","eu west"]})");
}

TEST_CASE("words match the text of the payload, whatever their case and accents") {
  check_all(a_tool_call(),
            {"refund", "REFUND", "customer", "naive", "naïve", "NAÏVE", "urgent", "payload:refund",
             "refund customer", "order AND urgent", "ref*", "Custo*", "naï*", "payload:ref*",
             "payload:nothing,refund"},
            true);
  check_all(a_tool_call(),
            {"refun", "efund", "refunds", "nothing", "refund nothing", "payload:efund"}, false);
}

TEST_CASE("keys of the payload and its numbers are not words of it") {
  check_all(a_tool_call(), {"command", "payload:amount", "1200", "payload:false"}, false);
}

TEST_CASE("a phrase is words in a row within one text") {
  check_all(a_tool_call(),
            {"\"refund the customer\"", "\"the customer s order\"", "\"eu west\"",
             "\"Refund, the\"", "\"refund the cust\"*", "payload:\"eu west\"", "customer's"},
            true);
  check_all(a_tool_call(),
            {"\"refund customer\"", "\"customer the\"", "\"urgent eu\"", "\"refund the cust\"",
             "\"naive urgent\""},
            false);
}

TEST_CASE("a bare word with punctuation is a phrase") {
  const Entry entry = EntryBuilder().payload(R"({"a":"mail a@b.c about agent-007 now"})");
  check_all(entry, {"a@b.c", "agent-007", "agent_007", "agent-0*"}, true);
  check_all(entry, {"agent-00", "b@c.a", "agent-x*"}, false);
}

TEST_CASE("a bare word finds an envelope value that equals it, a phrase does not") {
  check_all(a_tool_call(), {"billing-eu", kUuid, "future-time", "tool.call"}, true);
  check_all(a_tool_call(),
            {"billing", "billing-*", "Billing-EU", "\"billing-eu\"", "payload:billing-eu", "alice"},
            false);
}

TEST_CASE("a pasted digest finds the field that holds it as a hash") {
  Entry entry = a_tool_call();
  entry.envelope.set_hash(Field::payload_hash, *digest_from_hex(kHex));
  check_all(
      entry,
      {kHex, std::string("payload_hash:") + kHex, "payload_hash:e100a7*", "payload_hash:E100A7*"},
      true);
  check_all(entry, {"e100a7", "payload_hash:e100a7", "shown_hash:e100a7*"}, false);
}

TEST_CASE("an id inside a text is found whole, and has no beginning") {
  const Entry entry = EntryBuilder().payload(std::string(R"({"a":"order )") + kUuid + R"( paid"})");
  check_all(entry, {kUuid, std::string("\"order ") + kUuid + " paid\"", "order", "\"paid\""}, true);
  check_all(entry, {"550e8400*", "\"order paid\"", "550e8400-e29b-41d4-a716-446655440001"}, false);
}

TEST_CASE("a time in a query is looked for in texts that hold more than it") {
  const Entry within = EntryBuilder().payload(R"({"a":"paid at 2026-08-01T12:00:00Z"})");
  CHECK(test::matches("2026-08-01T12\\:00\\:00Z", within));
  CHECK(test::matches("\"2026-08-01T12:00:00Z\"", within));
  CHECK(test::matches("2026-08-01", EntryBuilder().payload(R"({"a":"2026-08-01"})")));
}

TEST_CASE("a payload that is not JSON is searched whole") {
  const Entry entry = EntryBuilder().payload("panic: out of memory {\"key\":");
  check_all(entry, {"panic", "\"out of memory\"", "key"}, true);
  check_all(entry, {"payload.key:*", "has:payload.key"}, false);
}

TEST_CASE("an entry without its payload has no words, and still its envelope") {
  Entry erased = a_tool_call();
  erased.payload.clear();
  erased.payload_state = Entry::Payload::erased;
  check_all(erased, {"bash", "billing-eu", "tool:bash", "-refund", "-has:payload"}, true);
  check_all(erased, {"refund", "has:payload", "payload.count:7"}, false);
}

TEST_CASE("text fields match byte for byte, lists by any element") {
  check_all(a_tool_call(),
            {"tool:bash", "tool:sh,bash", "agent:bill*", "user:\"Alice Example\"",
             "user:Alice\\ Example", "user:\"Alice E\"*", "flags:future-time", "flags:schema",
             "flags:fut*", "agent:x*,bill*", "tool:*", "agent:billing-*"},
            true);
  check_all(a_tool_call(),
            {"tool:Bash", "tool:bas", "agent:bill", "user:alice*", "flags:future", "tool:sh,zsh",
             "model:*", "model:gpt*", "agent:\"bill*\"", "agent:bill\\*"},
            false);
}

TEST_CASE("numbers compare as numbers, in the unit they are shown in") {
  check_all(a_tool_call(),
            {"tokens_in:1500",
             "tokens_in:>1499",
             "tokens_in:>=1500",
             "tokens_in:<1501",
             "tokens_in:<=1500",
             "tokens_in:1000..2000",
             "tokens_in:1500..",
             "tokens_in:..1500",
             "tokens_in:7,1500",
             "tokens_in:1.5e3",
             "tokens_in:>1499.5",
             "tokens_in:<1500.5",
             "cost:0.5",
             "cost:.5",
             "cost:>0.499999999",
             "cost:0.1..0.5",
             "cost_nano:500000000",
             "risk_score:0.25",
             "risk_score:>0.2",
             "seq:42",
             "seq:40..45",
             "seq:>41",
             "seq:1,42"},
            true);
  check_all(a_tool_call(),
            {"tokens_in:1501", "tokens_in:>1500", "tokens_in:<1500", "tokens_in:1501..",
             "tokens_in:1500.5", "tokens_in:>99999999999999999999", "cost:>0.5", "cost:5",
             "risk_score:250000", "risk_score:25", "tokens_out:>=0", "tokens_out:0", "seq:43",
             "seq:..41", "tokens_in:-1500"},
            false);
  CHECK(test::matches("tokens_in:<99999999999999999999", a_tool_call()));
}

TEST_CASE("booleans take the usual words") {
  check_all(a_tool_call(), {"side_effect:true", "side_effect:YES", "side_effect:1"}, true);
  check_all(
      a_tool_call(),
      {"side_effect:false", "side_effect:no", "side_effect:0", "requires_approval:false", "true"},
      false);
}

TEST_CASE("risks are ordered, and mapped") {
  check_all(a_tool_call(),
            {"risk:high", "risk:HIGH", "risk:>=high", "risk:>medium", "risk:<critical",
             "risk:low..high", "risk:high..", "risk:major", "risk:low,high"},
            true);
  check_all(
      a_tool_call(),
      {"risk:low", "risk:>high", "risk:>critical", "risk:<=medium", "risk:..medium", "risk:severe"},
      false);
}

TEST_CASE("words of other systems find what they are stored as") {
  const Entry entry = EntryBuilder()
                          .set(Field::type, "policy.decision")
                          .set(Field::decision, "deny")
                          .set(Field::status, "denied")
                          .set(Field::approval, "granted")
                          .set(Field::provider, "gcp.vertex_ai");
  check_all(entry,
            {"type:policy.evaluate", "type:guardrail", "type:policy_decision", "type:policy",
             "decision:block", "decision:DENIED", "decision:deny", "status:blocked",
             "approval:approved", "provider:Vertex_AI", "provider:google_vertexai"},
            true);
  check_all(entry, {"decision:allow", "status:ok", "type:policy.violation", "type:policy_*"},
            false);
}

TEST_CASE("a family of kinds is a prefix up to a dot") {
  const Entry granted = EntryBuilder().set(Field::type, "approval.granted");
  const Entry bare = EntryBuilder().set(Field::type, "approval");
  const Entry other = EntryBuilder().set(Field::type, "approvals.x");
  for (const char* text : {"type:approval", "type:approval.*", "type:human_review", "type:Approval",
                           "type:approval*"}) {
    CAPTURE(text);
    CHECK(test::matches(text, granted));
    CHECK(test::matches(text, bare));
    if (std::string(text) != "type:approval*") CHECK_FALSE(test::matches(text, other));
  }
  CHECK_FALSE(test::matches("type:approval.requested", granted));
  // A kind that is no family stays exact; one that nobody knows is as spelled.
  CHECK_FALSE(test::matches("type:error", EntryBuilder().set(Field::type, "error.api")));
  CHECK(test::matches("type:my.kind", EntryBuilder().set(Field::type, "my.kind")));
  CHECK(test::matches("type:my.*", EntryBuilder().set(Field::type, "my.kind")));
}

TEST_CASE("times compare as moments, a date as the whole day") {
  check_all(a_tool_call(),
            {"time:2026-08-01", "time:2026-08-01T12:00:00Z", "time:\"2026-08-01 14:00:00+02:00\"",
             "time:>2026-07-31", "time:>=2026-08-01", "time:<=2026-08-01", "time:<2026-08-02",
             "time:2026-08-01..2026-08-01", "time:2026-07-01..", "time:..2026-08-01", "time:<7d",
             "received:2026-08-01T12:00:05Z", "received:>2026-08-01T12:00:00Z"},
            true);
  check_all(a_tool_call(),
            {"time:2026-08-02", "time:>2026-08-01", "time:<2026-08-01", "time:>7d", "time:today",
             "approval_expires:<2030-01-01", "received:2026-08-01T12:00:00Z"},
            false);
}

TEST_CASE("since and until take the event's own time, else when it was received") {
  const Entry late = EntryBuilder().received("2026-08-09T00:00:00Z").time("2026-08-01T00:00:00Z");
  const Entry untimed = EntryBuilder().received("2026-08-09T00:00:00Z");
  CHECK_FALSE(test::matches("since:2d", late));
  CHECK(test::matches("since:2d", untimed));
  CHECK(test::matches("since:-2d", untimed));
  CHECK(test::matches("since:2026-08-09", untimed));
  CHECK(test::matches("since:2026-08-09T00:00:00Z", untimed));
  CHECK_FALSE(test::matches("until:2026-08-09T00:00:00Z", untimed));
  CHECK(test::matches("until:2026-08-09T00:00:00.000000001Z", untimed));
  CHECK(test::matches("since:yesterday until:today", untimed));
  CHECK_FALSE(test::matches("time:>2020-01-01", untimed));
}

TEST_CASE("has asks whether a field is there") {
  check_all(a_tool_call(),
            {"has:tool", "has:cost", "has:payload", "has:payload.input.amount", "has:model,tool",
             "has:seq", "has:payload.input", "-has:model", "has:time"},
            true);
  check_all(a_tool_call(),
            {"has:model", "has:payload.input.nothing", "has:payload.input.note",
             "has:model,provider", "-has:tool"},
            false);
}

TEST_CASE("a path reaches into the JSON payload") {
  check_all(a_tool_call(),
            {"payload.type:tool_call", "payload.input.amount:>1000", "payload.input.amount:1200.5",
             "payload.input.amount:1200.50", "payload.input.amount:1000..1300",
             "payload.input.amount:..1300", "payload.input.count:7", "payload.input.count:7.0",
             "payload.input.count:3,7", "payload.input.count:>=7", "payload.input.dry_run:false",
             "payload.input.note:null", "payload.tags:urgent", "payload.tags:\"eu west\"",
             "payload.tags:eu*", "payload.tags.0:urgent", "payload.input.command:Refund*",
             "payload.input.count:*"},
            true);
  check_all(
      a_tool_call(),
      {"payload.type:tool", "payload.Type:tool_call", "payload.input.amount:>1200.5",
       "payload.input.amount:1201..1300", "payload.input.count:70", "payload.input.count:true",
       "payload.input.dry_run:true", "payload.tags.1:urgent", "payload.input:7",
       "payload.amount:1200.5", "payload.input.note:*", "payload.input.command:refund*",
       "payload.tags:west", "payload.input.command:>0", "payload.input.count.x:7"},
      false);
}

TEST_CASE("keys that hold dots, arrays of objects and quoted parts are followed") {
  const Entry entry = EntryBuilder().payload(
      R"({"attributes":{"gen_ai.agent.name":"bot","gen_ai":{"agent":{"id":"7"}}},)"
      R"("items":[{"price":10},{"price":20,"odd key":"x:y"}],"deep":[[["in"]]],"when":"2026-08-01T10:00:00Z",)"
      R"("sum":"1000.00"})");
  check_all(entry,
            {"payload.attributes.gen_ai.agent.name:bot", "payload.attributes.gen_ai.agent.id:7",
             "payload.items.price:20", "payload.items.1.price:20", "payload.items.price:>15",
             "payload.items.\"odd key\":\"x:y\"", "payload.items.odd\\ key:x\\:y",
             "payload.deep:in", "payload.when:2026-08-01..", "payload.when:>2026-07-31",
             "payload.when:<1d", "payload.sum:>999", "payload.sum:1000", "payload.sum:1000.000"},
            true);
  check_all(entry,
            {"payload.attributes.gen_ai.agent:bot", "payload.items.0.price:20",
             "payload.items.2.price:20", "payload.when:>2026-08-01", "payload.when:>5",
             "payload.gen_ai.agent.name:bot", "payload.sum:1001", "payload.sum:1000.1*"},
            false);
}

TEST_CASE("numbers beyond doubles stay exact") {
  const Entry entry = EntryBuilder().payload(R"({"n":9007199254740993,"u":18446744073709551615})");
  check_all(entry,
            {"payload.n:9007199254740993", "payload.n:>9007199254740992",
             "payload.u:18446744073709551615", "payload.u:>18446744073709551614"},
            true);
  check_all(entry,
            {"payload.n:9007199254740992", "payload.n:<9007199254740993",
             "payload.u:18446744073709551614"},
            false);
}

TEST_CASE("AND, OR, NOT and parentheses: the truth table") {
  // Each word stands for one variable that the payload holds or not.
  struct Row {
    const char* query;
    bool (*truth)(bool a, bool b, bool c);
  };

  const Row rows[] = {
      {"aa bb", [](bool a, bool b, bool) { return a && b; }},
      {"aa AND bb", [](bool a, bool b, bool) { return a && b; }},
      {"aa OR bb", [](bool a, bool b, bool) { return a || b; }},
      {"-aa", [](bool a, bool, bool) { return !a; }},
      {"NOT aa", [](bool a, bool, bool) { return !a; }},
      {"NOT NOT aa", [](bool a, bool, bool) { return a; }},
      {"--aa", [](bool a, bool, bool) { return a; }},
      {"NOT -aa bb", [](bool a, bool b, bool) { return a && b; }},
      {"aa bb OR cc", [](bool a, bool b, bool c) { return (a && b) || c; }},
      {"aa OR bb cc", [](bool a, bool b, bool c) { return a || (b && c); }},
      {"(aa OR bb) cc", [](bool a, bool b, bool c) { return (a || b) && c; }},
      {"aa -bb", [](bool a, bool b, bool) { return a && !b; }},
      {"aa NOT bb", [](bool a, bool b, bool) { return a && !b; }},
      {"aa AND NOT bb", [](bool a, bool b, bool) { return a && !b; }},
      {"-(aa OR bb)", [](bool a, bool b, bool) { return !a && !b; }},
      {"NOT (aa bb)", [](bool a, bool b, bool) { return !(a && b); }},
      {"-aa -bb", [](bool a, bool b, bool) { return !a && !b; }},
      {"-aa OR -bb", [](bool a, bool b, bool) { return !a || !b; }},
      {"aa OR NOT bb cc", [](bool a, bool b, bool c) { return a || (!b && c); }},
      {"((aa)) AND ((bb) OR (-cc))", [](bool a, bool b, bool c) { return a && (b || !c); }},
      {"aa(bb)cc", [](bool a, bool b, bool c) { return a && b && c; }},
      {"\"aa\"\"bb\"", [](bool a, bool b, bool) { return a && b; }},
      // The same with tests of the envelope beside those of the payload.
      {"agent:aa OR aa bb", [](bool a, bool b, bool) { return a || (a && b); }},
      {"-agent:aa OR cc", [](bool a, bool, bool c) { return !a || c; }},
      {"agent:aa -bb", [](bool a, bool b, bool) { return a && !b; }},
      {"NOT (agent:aa OR cc) OR payload.b:bb",
       [](bool a, bool b, bool c) { return !(a || c) || b; }},
  };
  for (int bits = 0; bits < 8; ++bits) {
    const bool a = (bits & 1) != 0;
    const bool b = (bits & 2) != 0;
    const bool c = (bits & 4) != 0;
    std::string payload = R"({"x":"other")";
    if (a) payload += R"(,"a":"aa")";
    if (b) payload += R"(,"b":"bb")";
    if (c) payload += R"(,"c":"cc")";
    EntryBuilder builder;
    builder.payload(payload + "}");
    if (a) builder.set(Field::agent, "aa");
    for (const Row& row : rows) {
      CAPTURE(row.query);
      CAPTURE(payload);
      CHECK(test::matches(row.query, builder) == row.truth(a, b, c));
    }
  }
}

TEST_CASE("words are operators only in capitals") {
  const Entry entry = EntryBuilder().payload(R"({"a":"this and that or not"})");
  check_all(entry, {"and", "or", "not", "this and that", "\"AND\"", "\"OR\" \"NOT\""}, true);
  check_all(EntryBuilder().payload(R"({"a":"this that"})"), {"this and that"}, false);
}

TEST_CASE("one compiled question is asked of many entries without remembering the last") {
  const Query query = ask("agent-007 OR refund payload.n:1");
  match::Predicate predicate(query.root());
  const Entry first = EntryBuilder().payload(R"({"a":"refund","n":1})");
  const Entry second = EntryBuilder().payload(R"({"a":"x"})");
  const Entry third = EntryBuilder().set(Field::agent, "agent-007");
  const Entry fourth = EntryBuilder().payload(R"({"a":"agent","b":"007"})");
  for (int round = 0; round < 2; ++round) {
    CHECK(predicate.matches(first));
    CHECK_FALSE(predicate.matches(second));
    CHECK(predicate.matches(third));
    CHECK_FALSE(predicate.matches(fourth));
  }
}

TEST_CASE("a question says what it needs to read") {
  const Query envelope = ask("tool:bash cost:>1 since:7d has:model");
  const match::Predicate narrow(envelope.root());
  CHECK_FALSE(narrow.needs_payload());
  CHECK(narrow.fields().has(Field::tool));
  CHECK(narrow.fields().has(Field::cost_nano));
  CHECK(narrow.fields().has(Field::time));
  CHECK(narrow.fields().has(Field::model));
  CHECK_FALSE(narrow.fields().has(Field::agent));
  const Query phrase = ask("\"a phrase\"");
  const match::Predicate text(phrase.root());
  CHECK(text.needs_payload());
  CHECK_FALSE(text.fields().has(Field::agent));
  const Query bare = ask("word");
  CHECK(match::Predicate(bare.root()).fields().has(Field::agent));
}

TEST_CASE("a question can be asked of an event before it is an entry") {
  const Query query = ask("refund seq:7");
  match::Predicate predicate(query.root());
  const Event event{{}, R"({"a":"refund"})", true};
  CHECK(predicate.matches(event, 7, test::noon()));
  CHECK_FALSE(predicate.matches(event, 8, test::noon()));
  CHECK_FALSE(predicate.matches(Event{{}, "", false}, 7, test::noon()));
}

TEST_CASE("questions that are asked together answer otherwise than each alone") {
  std::vector<Query> queries;
  for (const char* text :
       {"", "refund", "payload:refund", "-refund", "\"a refund\" OR agent-007", "payload.n:1",
        "payload.n:1 refund", "agent:agent-007", "refund OR payload.n:2", "re*", "has:payload",
        "NOT (payload.n:1 OR fund)", "type:error refund"}) {
    queries.push_back(ask(text));
  }
  match::Predicates together;
  for (std::size_t i = 0; i < queries.size(); ++i) CHECK(together.add(queries[i].root()) == i);
  const std::vector<Entry> entries{
      EntryBuilder().payload(R"({"a":"a refund","n":1})"),
      EntryBuilder().payload(R"({"a":"x","n":2})"),
      EntryBuilder().set(Field::agent, "agent-007").set(Field::type, "error"),
      EntryBuilder().set(Field::agent, "refund").payload("not JSON, a refund"),
      EntryBuilder().payload(R"({"a":"agent","b":"007"})"),
  };
  for (int round = 0; round < 2; ++round) {
    for (const Entry& entry : entries) {
      together.look_at(entry.envelope, entry.payload_state == Entry::Payload::present,
                       entry.payload, entry.seq, entry.received);
      for (std::size_t i = queries.size(); i-- > 0;) {
        CAPTURE(i);
        CHECK(together.matches(i) == match::Predicate(queries[i].root()).matches(entry));
      }
    }
  }
}

}  // namespace
}  // namespace audit
