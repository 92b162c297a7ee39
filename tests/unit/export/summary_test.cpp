#include "export/summary.hpp"

#include <audit/export.hpp>

#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "rows_support.hpp"

using namespace audit;
using namespace audit::test;

namespace {

using Texts = std::vector<std::pair<Field, std::string>>;
using Numbers = std::vector<std::pair<Field, std::int64_t>>;

std::string summary(const Texts& texts, const Numbers& numbers = {},
                    const std::string& payload = "") {
  Entry entry = payload.empty() ? bare_entry(0) : with_payload(0, payload);
  for (const auto& [field, text] : texts) entry.envelope.set_text(field, text);
  for (const auto& [field, number] : numbers) entry.envelope.set_number(field, number);
  return entry_summary(entry);
}

std::string words(const std::string& payload) { return summary({}, {}, payload); }

}  // namespace

TEST_CASE("a tool call is summed up by tool, call, status and duration") {
  CHECK(summary({{Field::tool, "bash"}, {Field::tool_call_id, "c7"}, {Field::status, "ok"}},
                {{Field::duration_us, 12'345}}) == "tool bash (call c7) ok, 12 ms");
  CHECK(summary({{Field::tool, "bash"}}) == "tool bash");
  CHECK(summary({{Field::tool, "bash"}, {Field::tool_call_id, "c7"}, {Field::status, "ok"}}, {},
                R"({"input":{"description":"list","command":"ls\n -l"}})") ==
        "tool bash: ls -l, ok");
  CHECK(summary({{Field::tool, "refund"}}, {}, R"({"args":{"n":1,"to":"x"}})") ==
        R"(tool refund: {"n":1,"to":"x"})");
  CHECK(summary({{Field::tool, "t"}, {Field::tool_call_id, "c"}}, {}, R"({"args":{}})") ==
        "tool t (call c)");
  CHECK(
      summary({{Field::tool, "bash"}, {Field::status, "error"}, {Field::error, "no such\nfile"}}) ==
      "tool bash error: no such file");
  CHECK(summary({{Field::tool, "t"}}, {{Field::duration_us, 999}}) == "tool t, 999 us");
  CHECK(summary({{Field::tool, "t"}}, {{Field::duration_us, 61'250'000}}) == "tool t, 61.2 s");
  CHECK(summary({{Field::tool, "t"}}, {{Field::duration_us, -7}}) == "tool t, -7 us");
}

TEST_CASE("decisions and approvals say by whom and why") {
  CHECK(summary({{Field::decision, "deny"},
                 {Field::policy, "pii-egress"},
                 {Field::reason, "address  in\tbody "}}) == "deny by pii-egress: address in body");
  CHECK(summary({{Field::decision, "allow"}, {Field::rule, "r7"}, {Field::tool, "mail"}}) ==
        "allow by r7 for tool mail");
  CHECK(summary({{Field::decision, "ask"}}) == "ask");
  CHECK(summary({{Field::approval, "granted"}, {Field::approver, "alice"}, {Field::tool, "pay"}}) ==
        "approval granted by alice for tool pay");
}

TEST_CASE("a model call is summed up by model and tokens") {
  CHECK(summary({{Field::model, "gpt-4.1"}}, {{Field::tokens_in, 412}, {Field::tokens_out, 19}}) ==
        "gpt-4.1, 412 in / 19 out");
  CHECK(summary({{Field::model, "m"}}, {{Field::tokens_out, 19}}) == "m, 19 out");
  CHECK(summary({}, {{Field::tokens_in, 1}, {Field::tokens_out, 2}}) == "1 in / 2 out");
  CHECK(summary({{Field::model, "m"}, {Field::error, "overloaded"}}) == "m: overloaded");
}

TEST_CASE("what was said counts more than the model that said it") {
  const std::string payload = R"({"id":"x y","role":"assistant","content":"Hello there"})";
  CHECK(summary({{Field::type, "message"}, {Field::model, "m"}}, {}, payload) == "Hello there");
  CHECK(summary({{Field::type, "llm.call"}, {Field::model, "m"}}, {}, payload) == "m");
  CHECK(summary({{Field::type, "message"}, {Field::model, "m"}}) == "m");
}

TEST_CASE("else the payload's first readable text stands") {
  CHECK(words(R"({"ts":"2026-08-01 12:00:00","id":"abc","note":"two words","text":"this one"})") ==
        "this one");
  CHECK(words(R"({"ts":"2026-08-01 12:00:00","id":"abc","note":"two words"})") == "two words");
  CHECK(words(R"({"deep":[{"x":["a b c"]}]})") == "a b c");
  CHECK(words("plain log line\nand a second") == "plain log line and a second");
  CHECK(words(R"({"level":"info","n":3})") == R"({"level":"info","n":3})");
  CHECK(words("[]") == "[]");
  CHECK(summary({{Field::error, "boom"}}, {}, "x y") == "boom");
  CHECK(summary({{Field::action, "delete"}, {Field::resource, "s3://b"}}) == "delete s3://b");
}

TEST_CASE("an alert that does not say what it is about, a misfit that does not say why") {
  CHECK(summary({{Field::type, "sys.alert"}, {Field::format, "rules"}, {Field::reason, "too many"}},
                {}, R"({"entries":[{"seq":7,"hash":"00"},{"seq":8,"hash":"00"}]})") ==
        "too many (entries 7, 8)");
  CHECK(summary({{Field::type, "sys.alert"}, {Field::reason, "x"}}, {},
                R"({"entries":[{"seq":7}]})") == "x");
  CHECK(summary({{Field::tool, "refund"},
                 {Field::flags, "schema"},
                 {Field::flags, "schema: /amount: want a number"}}) ==
        "tool refund; not as declared: /amount: want a number");
}

TEST_CASE("protobuf is shown as bytes and not as its words") {
  // A log record whose body is the text "hello there" (otlp LogRecord: body 5, AnyValue.string 1).
  CHECK(words(std::string("\x2a\x0d\x0a\x0bhello there", 15)) == "hello there");
}

TEST_CASE("an erased payload is called erased and nothing is nothing") {
  Entry erased = bare_entry(0);
  erased.payload_state = Entry::Payload::erased;
  CHECK(entry_summary(erased) == "(payload erased)");
  CHECK(entry_summary(bare_entry(0)) == "");
}

TEST_CASE("a summary is one short line that is safe to show") {
  for (const std::string& text : hostile_texts()) {
    const bool utf8 = &text != &hostile_texts().back();
    for (const std::string& line : {words(text), utf8 ? summary({{Field::tool, text}}) : ""}) {
      CHECK(base::escape_controls(line) == line);
      CHECK(base::is_utf8(line));
    }
  }
  const std::string cut = words(std::string(100'000, 'w'));
  CHECK(cut.ends_with("\u2026"));
  CHECK(base::display_width(cut) == 300);
  const std::string named = summary({{Field::tool, std::string(60'000, 't')}});
  CHECK(base::display_width(named) == 300);
}

TEST_CASE("the outcome is the decision, else the approval, else the status") {
  const auto outcome = [](const Texts& texts) {
    Envelope envelope;
    for (const auto& [field, text] : texts) envelope.set_text(field, text);
    return std::string(exports::Summarizer::outcome(envelope));
  };
  CHECK(outcome({{Field::decision, "deny"}, {Field::status, "ok"}}) == "deny");
  CHECK(outcome({{Field::approval, "granted"}, {Field::status, "ok"}}) == "granted");
  CHECK(outcome({{Field::status, "ok"}}) == "ok");
  CHECK(outcome({}) == "");
}
