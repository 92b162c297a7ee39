#include <string>

#include <doctest/doctest.h>

#include "entries.hpp"
#include "match/query.hpp"

namespace audit {
namespace {

using test::EntryBuilder;
using test::noon;

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

TEST_CASE("ten thousand alternatives are answered") {
  std::string words = "w0";
  std::string agents = "agent:a0";
  std::string numbers = "seq:0";
  for (int i = 1; i < 10'000; ++i) {
    words += " OR w" + std::to_string(i);
    agents += " OR agent:a" + std::to_string(i);
    numbers += " OR seq:" + std::to_string(2 * i);
  }
  const Entry entry =
      EntryBuilder().seq(9998).set(Field::agent, "a9999").payload(R"({"x":"w777 y"})");
  const Entry other = EntryBuilder().seq(9999).set(Field::agent, "b").payload(R"({"x":"y"})");
  for (const std::string& text : {words, agents, numbers, "(" + words + ") (" + agents + ")"}) {
    const Query query = test::ask(text);
    CHECK(query.matches(entry));
    CHECK_FALSE(query.matches(other));
  }
}

TEST_CASE("a hundred kilobytes of one word, one phrase or one list are read") {
  const std::string word(100'000, 'x');
  CHECK(test::matches(word, EntryBuilder().payload("{\"a\":\"" + word + "\"}")));
  CHECK_FALSE(test::matches(word, EntryBuilder().payload(R"({"a":"x"})")));
  const std::string phrase = repeated("go ", 33'000);
  CHECK(test::matches("\"" + phrase + "\"", EntryBuilder().payload("{\"a\":\"" + phrase + "\"}")));
  CHECK_FALSE(test::matches("\"" + phrase + "stop\"",
                            EntryBuilder().payload("{\"a\":\"" + phrase + phrase + "\"}")));
  CHECK(test::matches("tool:" + repeated("x,", 50'000) + "bash",
                      EntryBuilder().set(Field::tool, "bash")));
  CHECK(test::matches(repeated("go ", 33'000), EntryBuilder().payload(R"({"a":"go"})")));
}

TEST_CASE("nesting is bounded, and a chain of NOT is not nesting") {
  const auto nested = [](std::size_t depth) {
    return repeated("(", depth) + "go" + repeated(")", depth);
  };
  const Entry entry = EntryBuilder().payload(R"({"a":"go"})");
  CHECK(test::matches(nested(200), entry));
  CHECK(test::matches(repeated("-(", 200) + "go" + repeated(")", 200), entry));
  for (const std::size_t depth : {std::size_t{201}, std::size_t{50'000}}) {
    const auto query = parse_query(nested(depth), noon());
    REQUIRE_FALSE(query.has_value());
    CHECK(query.error().offset == 200);
    CHECK(query.error().length == 1);
  }
  CHECK_FALSE(parse_query(repeated("(", 100'000), noon()).has_value());
  CHECK_FALSE(parse_query(repeated("(a OR ", 100'000), noon()).has_value());
  CHECK(test::matches(repeated("-", 50'000) + "go", entry));
  CHECK_FALSE(test::matches(repeated("NOT ", 25'001) + "go", entry));
}

TEST_CASE("a query beyond the limit is refused, not cut") {
  const auto query = parse_query(std::string(std::size_t{2} << 20, 'x'), noon());
  REQUIRE_FALSE(query.has_value());
  CHECK(query.error().message == "the query has 2097152 bytes, at most 1048576 are read");
}

TEST_CASE("bytes that are no text are separators at most") {
  const Entry entry = EntryBuilder().payload(R"({"a":"go west"})");
  CHECK(
      test::matches("go\xff"
                    "west",
                    entry));
  CHECK(test::matches(std::string("go\0west", 7), entry));
  CHECK_FALSE(parse_query("\xff\xfe", noon()).has_value());
  CHECK_FALSE(parse_query(std::string(1, '\0'), noon()).has_value());
  CHECK_FALSE(test::matches("agent:\xff", entry));
}

TEST_CASE("every cut of a query is understood or refused with a place inside it") {
  const std::string text =
      R"q(-(a OR "b c"*) tool:x,"y z"*,w* cost:>=0.5 seq:1..9 payload."k y".z:<2 has:a,b \"q* NOT x)q";
  for (std::size_t i = 0; i <= text.size(); ++i) {
    for (std::size_t j = i; j <= text.size(); ++j) {
      const std::string cut = text.substr(i, j - i);
      const auto query = parse_query(cut, noon());
      if (query) continue;
      CAPTURE(cut);
      CHECK(query.error().offset + query.error().length <= cut.size());
      CHECK(query.error().length > 0);
      CHECK_FALSE(query.error().message.empty());
    }
  }
}

TEST_CASE("words that are said again are looked for again") {
  const auto question = parse_query(repeated("a* OR \"b c\" OR ", 1000) + "a*", noon());
  REQUIRE(question.has_value());
  const auto& parts = std::get<match::AnyOf>(question->root()->what).parts;
  CHECK(parts.size() == 2);
}

}  // namespace
}  // namespace audit
