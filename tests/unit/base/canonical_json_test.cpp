#include "base/canonical_json.hpp"

#include <bit>
#include <cstdint>
#include <cstdio>
#include <string>

#include <doctest/doctest.h>

namespace audit::base {

namespace {

std::string canonical(std::string_view json) {
  JsonReader reader;
  const JsonStatus status = reader.parse(json);
  REQUIRE((status == JsonStatus::ok || status == JsonStatus::duplicate_key));
  std::string out;
  return append_canonical_json(out, reader.root()) ? out : "none";
}

}  // namespace

TEST_CASE("the example of RFC 8785 section 3.2.2 comes out otherwise") {
  CHECK(canonical(R"({
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    })") ==
        "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
        "\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

TEST_CASE("names are not in the order of RFC 8785 section 3.2.3") {
  CHECK(
      canonical(R"({"\u20ac":5,"\r":1,"\ufb33":7,"1":2,"\ud83d\ude00":6,"\u0080":3,"\u00f6":4})") ==
      "{\"\\r\":1,\"1\":2,\"\xc2\x80\":3,\"\xc3\xb6\":4,\"\xe2\x82\xac\":5,"
      "\"\xf0\x9f\x98\x80\":6,\"\xef\xac\xb3\":7}");
  CHECK(canonical(R"({"aa":1,"a":2,"":3,"ab":4})") == R"({"":3,"a":2,"aa":1,"ab":4})");
}

TEST_CASE("a number of RFC 8785 appendix B is spelled otherwise") {
  struct Sample {
    std::uint64_t bits;
    const char* text;
  };

  constexpr Sample kSamples[] = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555554, "333333333.33333325"},
      {0x41b3de4355555555, "333333333.3333333"},
      {0x41b3de4355555556, "333333333.3333334"},
      {0x41b3de4355555557, "333333333.33333343"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (const Sample& sample : kSamples) {
    CAPTURE(sample.text);
    char written[40];
    std::snprintf(written, sizeof written, "%.17g", std::bit_cast<double>(sample.bits));
    CHECK(canonical(written) == sample.text);
  }
}

TEST_CASE("a value with two meanings has a canonical form") {
  CHECK(canonical(R"({"a":1,"a":2})") == "none");
  CHECK(canonical(R"([{"b":{"a":1,"a":1}}])") == "none");
  CHECK(canonical(R"({"b":{},"a":[]})") == R"({"a":[],"b":{}})");
}

}  // namespace audit::base
