#include <audit/query.hpp>
#include <audit/runs.hpp>

#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "entries.hpp"

namespace audit {
namespace {

using test::ask;

TEST_CASE("only a question that names sys.* asks for system entries") {
  for (const char* text : {"type:sys.*", "type:sys", "type:sys.erasure", "refund type:sys.key",
                           "a OR type:sys.*", "type:error,sys.alert", "type:sys*", "sys.verify",
                           "seq:0", "seq:3,4 x", "hash:e100a7*", "(a (b OR type:sys.hold))"}) {
    CAPTURE(text);
    CHECK(ask(text).asks_for_system_entries());
  }
  for (const char* text :
       {"", "refund", "type:tool.call", "type:s*", "-type:sys.verify", "system", "seq:0..10",
        "seq:1 OR refund", "type:system", "has:type", "payload:sys.verify", "\"sys.verify\""}) {
    CAPTURE(text);
    CHECK_FALSE(ask(text).asks_for_system_entries());
  }
}

TEST_CASE("and_also narrows, and everything narrows nothing") {
  const Entry entry = test::EntryBuilder().set(Field::agent, "a").payload(R"({"x":"refund"})");
  const Query everything;
  CHECK(everything.matches_all());
  CHECK(everything.matches(entry));
  CHECK(everything.and_also(everything).matches_all());
  CHECK(everything.and_also(ask("agent:b")).matches(entry) == false);
  CHECK(ask("agent:a").and_also(everything).matches(entry));
  CHECK(ask("agent:a").and_also(ask("refund")).matches(entry));
  CHECK_FALSE(ask("agent:a OR agent:b").and_also(ask("-refund")).matches(entry));
  CHECK_FALSE(ask("-refund").and_also(ask("agent:a OR agent:b")).matches(entry));
}

TEST_CASE("narrowing ten thousand times does not grow deep") {
  Query query = ask("refund");
  const Query part = ask("agent:a OR refund");
  for (int i = 0; i < 2000; ++i) query = query.and_also(part);
  CHECK(query.matches(test::EntryBuilder().payload(R"({"x":"refund"})")));
}

TEST_CASE("the words to highlight are those looked for, folded") {
  CHECK(ask("Refund \"Eu West\" tool:bash -denied OR naïve agent-007 pre* refund").words() ==
        std::vector<std::string>{"agent 007", "eu west", "naive", "pre*", "refund"});
  CHECK(ask("tool:bash").words().empty());
  CHECK(Query().words().empty());
}

// The text of a line of mdoc: quotation marks and backslashes as they are shown.
std::string shown_text(std::string line) {
  for (const auto& [written, shown] :
       {std::pair<std::string, std::string>{"\\(dq", "\""}, {"\\e", "\\"}}) {
    for (std::size_t at = 0; (at = line.find(written, at)) != std::string::npos; ++at) {
      line.replace(at, written.size(), shown);
    }
  }
  return line;
}

TEST_CASE("every example of the manual is a query") {
  std::ifstream manual(AUDIT_TEST_DATA "/../../man/audit-query.7");
  REQUIRE(manual.is_open());
  int examples = 0;
  for (std::string line; std::getline(manual, line);) {
    if (!line.starts_with(".Dl ")) continue;
    const std::string text = shown_text(line.substr(4));
    CAPTURE(text);
    const bool of_runs = text.find("run.") != std::string::npos;
    CHECK(parse_query(text, test::noon()).has_value() == !of_runs);
    CHECK(parse_run_query(text, test::noon()).has_value());
    ++examples;
  }
  CHECK(examples > 40);
}

}  // namespace
}  // namespace audit
