#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "entries.hpp"

namespace audit {
namespace {

using test::noon;

struct Mistake {
  const char* text;
  std::size_t offset;
  std::size_t length;
  const char* message;  // its beginning
};

void check_refused(const Mistake& mistake) {
  CAPTURE(mistake.text);
  const auto query = parse_query(mistake.text, noon());
  REQUIRE_FALSE(query.has_value());
  CHECK(query.error().offset == mistake.offset);
  CHECK(query.error().length == mistake.length);
  CHECK(query.error().message.substr(0, std::string(mistake.message).size()) == mistake.message);
  CHECK_FALSE(query.error().hint.empty());
}

TEST_CASE("an unknown field is marked by its name alone, and the nearest one is offered") {
  const auto query = parse_query("tol:bash AND cost:>1", noon());
  REQUIRE_FALSE(query.has_value());
  CHECK(query.error().offset == 0);
  CHECK(query.error().length == 3);
  CHECK(query.error().message == "unknown field 'tol'");
  CHECK(query.error().hint == "did you mean 'tool'? all fields: audit-events(5)");
}

TEST_CASE("names of other tools and of the query language itself are offered too") {
  const std::vector<std::pair<std::string, std::string>> names = {
      {"agent_id", "agent"}, {"sinse", "since"},
      {"timestamp", "time"}, {"Agent", "agent"},
      {"costs", "cost"},     {"payloda", "payload"},
      {"sequ", "seq"},       {"latency_ms", "duration_us"}};
  for (const auto& [wrong, right] : names) {
    CAPTURE(wrong);
    const auto query = parse_query("x " + wrong + ":1", noon());
    REQUIRE_FALSE(query.has_value());
    CHECK(query.error().offset == 2);
    CHECK(query.error().hint == "did you mean '" + right + "'? all fields: audit-events(5)");
  }
}

TEST_CASE("a text with a colon in it is answered with how to quote it") {
  const auto query = parse_query("https://example.com/a", noon());
  REQUIRE_FALSE(query.has_value());
  CHECK(query.error().message == "unknown field 'https'");
  CHECK(query.error().hint.find("'\"https://...\"'") != std::string::npos);
  CHECK(parse_query("\"https://example.com/a\"", noon()).has_value());
  CHECK(parse_query("https\\://example.com/a", noon()).has_value());
}

TEST_CASE("structure that does not close or lacks a part is marked where it is") {
  const std::vector<Mistake> mistakes = {
      {"(a", 0, 1, "this '(' is never closed"},
      {"a (b OR (c d)", 2, 1, "this '(' is never closed"},
      {"a)", 1, 1, "no '(' for this ')'"},
      {")", 0, 1, "no '(' for this ')'"},
      {"a b) c", 3, 1, "no '(' for this ')'"},
      {"x \"never ends", 2, 11, "a quotation mark is never closed"},
      {"tool:\"bash", 5, 5, "a quotation mark is never closed"},
      {"()", 0, 2, "nothing between the parentheses"},
      {"a ( ) b", 2, 3, "nothing between the parentheses"},
      {"AND a", 0, 3, "nothing before 'AND'"},
      {"a AND", 2, 3, "nothing after 'AND'"},
      {"a OR", 2, 2, "nothing after 'OR'"},
      {"OR a", 0, 2, "nothing before 'OR'"},
      {"a OR OR b", 2, 2, "nothing after 'OR'"},
      {"a AND OR b", 2, 3, "nothing after 'AND'"},
      {"(a OR) b", 3, 2, "nothing after 'OR'"},
      {"NOT", 0, 3, "nothing after 'NOT'"},
      {"a NOT", 2, 3, "nothing after 'NOT'"},
      {"(NOT)", 1, 3, "nothing after 'NOT'"},
      {"a -(", 3, 1, "this '(' is never closed"},
  };
  for (const Mistake& mistake : mistakes) check_refused(mistake);
}

TEST_CASE("empty pieces are refused, not taken for everything") {
  const std::vector<Mistake> mistakes = {
      {"\"\"", 0, 2, "an empty phrase"},
      {"tool:", 0, 5, "no value after 'tool:'"},
      {"tool: bash", 0, 5, "no value after 'tool:'"},
      {"(tool:)", 1, 5, "no value after 'tool:'"},
      {"tool:\"\"", 5, 2, "an empty value"},
      {"tool:a,", 6, 1, "a value is missing"},
      {"tool:,a", 5, 1, "a value is missing"},
      {"tool:a,,b", 6, 1, "a value is missing"},
      {"cost:>", 5, 1, "a value is missing"},
      {"payload.:1", 0, 8, "no path after 'payload.'"},
      {"&&", 0, 2, "nothing to look for in '&&'"},
      {"a - b", 2, 1, "nothing to look for in '-'"},
      {"\"...\"", 0, 5, "nothing to look for in '...'"},
  };
  for (const Mistake& mistake : mistakes) check_refused(mistake);
}

TEST_CASE("a value of the wrong type is marked, field and want named") {
  const std::vector<Mistake> mistakes = {
      {"tokens_in:many", 10, 4, "'many' is not a number, which 'tokens_in' needs"},
      {"x tokens_in:1,many", 14, 4, "'many' is not a number"},
      {"tokens_in:>=1x", 10, 4, "'1x' is not a number"},
      {"tokens_in:1..x", 10, 4, "'x' is not a number"},
      {"tokens_in:20..10", 10, 6, "the range '20..10' is empty"},
      {"tokens_in:1*", 10, 2, "'tokens_in' is no text"},
      {"side_effect:maybe", 12, 5, "'maybe' is neither true nor false"},
      {"agent:>5", 6, 2, "'agent' is text, which has no order"},
      {"risk:>=huge", 5, 6, "'huge' is not a level of risk"},
      {"time:soon", 5, 4, "not a date and time"},
      {"since:2026-02-30", 6, 10, "there is no date 2026-02-30"},
      {"a until:7d,8d", 2, 11, "until takes one time"},
      {"since:>7d", 0, 9, "since takes one time"},
      {"seq:abc", 4, 3, "'abc' is not a number"},
      {"hash:xyz", 5, 3, "'xyz' is not an entry's hash"},
      {"hash:abc", 5, 3, "'abc' is not an entry's hash"},
      {"has:tol", 4, 3, "unknown field 'tol'"},
      {"has:tool,agnt", 9, 4, "unknown field 'agnt'"},
      {"payload:>5", 8, 2, "payload takes words"},
      {"payload.a:>x", 10, 2, "'x' is neither a number nor a time"},
      {"a*b", 1, 1, "'*' can only stand at the end"},
      {"tool:g*t", 6, 1, "'*' can only stand at the end"},
      {"tool:\"a\"b", 8, 1, "unexpected text after a quoted value"},
  };
  for (const Mistake& mistake : mistakes) check_refused(mistake);
}

TEST_CASE("an error inside a time is marked at the very characters") {
  const auto query = parse_query("agent:x since:2026-08-01T25:00:00Z", noon());
  REQUIRE_FALSE(query.has_value());
  CHECK(query.error().offset == 25);
  CHECK(query.error().length == 8);
}

TEST_CASE("control characters of a query do not reach the message raw") {
  const auto query = parse_query("tokens_in:\x1b[31m", noon());
  REQUIRE_FALSE(query.has_value());
  CHECK(query.error().message.find('\x1b') == std::string::npos);
}

TEST_CASE("nothing, blanks and a lone star ask for everything") {
  for (const char* text : {"", "   ", "\t\n", "*", "( * )", "* *"}) {
    CAPTURE(text);
    const auto query = parse_query(text, noon());
    REQUIRE(query.has_value());
    CHECK(query->matches_all());
  }
  CHECK_FALSE(test::ask("-*").matches_all());
}

TEST_CASE("a filter takes its value literally, but for commas and a final star") {
  const Entry odd = test::EntryBuilder().set(Field::agent, "say \"hi\" (now) \\o/");
  const auto exact = make_filter("agent", "say \"hi\" (now) \\o/", noon());
  REQUIRE(exact.has_value());
  CHECK(exact->matches(odd));
  CHECK(make_filter("agent", "x,say \"hi\" (now) \\o/", noon())->matches(odd));
  CHECK(make_filter("agent", "say \"*", noon())->matches(odd));
  CHECK_FALSE(make_filter("agent", "say", noon())->matches(odd));
}

TEST_CASE("a filter means what field:value means") {
  const Entry entry = test::EntryBuilder()
                          .set(Field::type, "llm.call")
                          .set(Field::risk, "high")
                          .time("2026-08-09T00:00:00Z");
  CHECK(make_filter("type", "llm_call", noon())->matches(entry));
  CHECK(make_filter("risk", ">=medium", noon())->matches(entry));
  CHECK(make_filter("since", "2d", noon())->matches(entry));
  CHECK_FALSE(make_filter("until", "2d", noon())->matches(entry));
  CHECK_FALSE(make_filter("nonsense", "x", noon()).has_value());
  CHECK_FALSE(make_filter("agent", "", noon()).has_value());
  CHECK_FALSE(make_filter("since", "whenever", noon()).has_value());
}

}  // namespace
}  // namespace audit
