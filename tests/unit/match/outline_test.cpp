#include "match/outline.hpp"

#include <audit/query.hpp>

#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace audit {

TEST_CASE("a question is told otherwise than it is understood") {
  const auto told = [](std::string_view text) {
    const auto query = parse_query(text, parse_timestamp("2026-08-10T12:00:00Z").value());
    REQUIRE_MESSAGE(query.has_value(), text);
    return query->outline();
  };
  CHECK(Query().outline() == "everything\n");
  CHECK(told("\"Two Words\"") == "the payload says \"two words\"\n");
  CHECK(told("refu*") == "the payload says \"refu*\"\n");
  CHECK(told("agent:a,b*") == "agent is 'a' or begins with 'b'\n");
  CHECK(told("tokens_in:>=10") == "tokens_in is at least 10\n");
  CHECK(told("tokens_in:3..5,9") == "tokens_in is from 3 to 5 or is 9\n");
  CHECK(told("seq:7") == "seq is 7\n");
  CHECK(told("cost:0.5..2") == "cost is from 0.5 to 2\n");
  CHECK(told("has:cost") == "cost is there\n");
  CHECK(told("since:2026-08-01 until:2026-08-02") ==
        "all of\n"
        "  time is at least 2026-08-01T00:00:00Z\n"
        "  time is at most 2026-08-01T23:59:59.999999999Z\n");
  CHECK(told("-has:tool") == "not\n  tool is there\n");
  CHECK(told("payload.a.b:x OR payload.n:<0.5") ==
        "any of\n"
        "  payload.a.b is 'x'\n"
        "  payload.n is below 0.5\n");
  CHECK(told("has:payload.in") == "payload.in is there\n");
  CHECK(told("hash:ABCD1234*") == "hash begins with abcd1234\n");
}

}  // namespace audit
