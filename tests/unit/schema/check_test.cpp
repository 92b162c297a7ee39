#include <audit/schemas.hpp>

#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace audit {

namespace {

SchemaSet about(std::string_view schema) {
  auto set = parse_schemas(fmt::format(R"({{"schemas":{{"other":{}}}}})", schema));
  REQUIRE_MESSAGE(set, set.error().place << ": " << set.error().problem.message);
  return *set;
}

std::string misfit(std::string_view schema, std::string_view payload) {
  return about(schema).misfit("other", payload);
}

bool fits(std::string_view schema, std::string_view payload) {
  return misfit(schema, payload).empty();
}

}  // namespace

TEST_CASE("a reason that does not say where, or what was wanted there") {
  constexpr std::string_view kSchema = R"({
    "type": "object",
    "required": ["tool", "input"],
    "properties": {
      "tool": {"enum": ["refund", "lookup"]},
      "input": {
        "type": "object",
        "properties": {
          "amount": {"type": "number", "exclusiveMinimum": 0, "maximum": 1000},
          "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
          "lines": {"type": "array", "items": {"properties": {"sku": {"type": "string"}}}},
          "at": {"format": "date-time"}
        },
        "additionalProperties": false
      }
    }})";
  const auto why = [&](std::string_view payload) { return misfit(kSchema, payload); };
  CHECK(why(R"({"tool":"refund","input":{"amount":12.5,"currency":"EUR"}})").empty());
  CHECK(why("[]") == "payload: want an object, not an array");
  CHECK(why(R"({"tool":"refund"})") == "payload: want the member 'input'");
  CHECK(why(R"({"tool":"rm","input":{}})") == "payload.tool: want one of 'refund', 'lookup'");
  CHECK(why(R"({"tool":"refund","input":{"amount":"12"}})") ==
        "payload.input.amount: want a number, not a string");
  CHECK(why(R"({"tool":"refund","input":{"amount":1000.01}})") ==
        "payload.input.amount: want at most 1000");
  CHECK(why(R"({"tool":"refund","input":{"amount":0}})") ==
        "payload.input.amount: want more than 0");
  CHECK(why(R"({"tool":"refund","input":{"currency":"euro"}})") ==
        "payload.input.currency: want what fits '^[A-Z]{3}$'");
  CHECK(why(R"({"tool":"refund","input":{"lines":[{"sku":"a"},{"sku":4}]}})") ==
        "payload.input.lines[1].sku: want a string, not a number");
  CHECK(why(R"({"tool":"refund","input":{"at":"yesterday"}})") ==
        "payload.input.at: want the format date-time");
}

TEST_CASE("a reason that tells what only the payload knows") {
  // It stays when the payload is erased, and so must hold nothing of it.
  const std::string other =
      misfit(R"({"additionalProperties": false})", R"({"kim@example.com":1})");
  CHECK(other == "payload: want no members but those the schema names");
  const std::string typed =
      misfit(R"({"additionalProperties": {"type": "string"}})", R"({"kim@example.com":1})");
  CHECK(typed == "payload.*: want a string, not a number");
  const std::string named =
      misfit(R"({"propertyNames": {"maxLength": 3}})", R"({"kim@example.com":1})");
  CHECK(named == "payload.*: want at most 3 characters");
  const std::string value = misfit(R"({"const": 1})", R"("kim@example.com")");
  CHECK(value == "payload: want 1");
}

TEST_CASE("a reason that could fool a terminal, or fill it") {
  const std::string evil = misfit(R"({"required": ["\u001b[31m\u202e"]})", "{}");
  CHECK(evil.find('\x1b') == std::string::npos);
  CHECK(evil.find("\xe2\x80\xae") == std::string::npos);
  std::string name(5000, 'x');
  const std::string schema =
      fmt::format(R"({{"properties": {{"{}": {{"type": "string"}}}}}})", name);
  const std::string large = misfit(schema, fmt::format(R"({{"{}": 1}})", name));
  CHECK(large.size() <= 240);
  CHECK(large.ends_with("..."));
}

TEST_CASE("a number that is compared as another one") {
  CHECK(fits(R"({"type": "integer"})", "1.0"));
  CHECK_FALSE(fits(R"({"type": "integer"})", "1.5"));
  CHECK(misfit(R"({"type": "integer"})", "1.5") ==
        "payload: want a whole number, not one with a fraction");
  CHECK(fits(R"({"const": 1})", "1.0"));
  CHECK(fits(R"({"enum": [[1.0]]})", "[1]"));
  CHECK_FALSE(fits(R"({"maximum": 9223372036854775807})", "9223372036854775808"));
  CHECK_FALSE(fits(R"({"maximum": 18446744073709551614})", "18446744073709551615"));
  CHECK(fits(R"({"minimum": -9223372036854775808})", "-9223372036854775808"));
  CHECK(fits(R"({"multipleOf": 0.01})", "19.99"));
  CHECK(fits(R"({"multipleOf": 0.01})", "1e30"));
  CHECK_FALSE(fits(R"({"multipleOf": 0.01})", "19.995"));
  CHECK_FALSE(fits(R"({"multipleOf": 1e300})", "1"));
  CHECK_FALSE(fits(R"({"multipleOf": 7})", "9223372036854775806"));
  CHECK(fits(R"({"multipleOf": 7})", "9223372036854775807"));  // 7 * 1317624576693539401
  CHECK(fits(R"({"multipleOf": 3})", "-9"));
}

TEST_CASE("elements that are the same and are taken for different ones, or the other way round") {
  constexpr std::string_view kUnique = R"({"uniqueItems": true})";
  CHECK(fits(kUnique, R"([1, 2, "1", true, null, [1], {"a":1}, {"a":2}])"));
  CHECK_FALSE(fits(kUnique, "[1, 1.0]"));
  CHECK_FALSE(fits(kUnique, R"([{"a":1,"b":2},{"b":2.0,"a":1}])"));
  CHECK_FALSE(fits(kUnique, "[-0.0, 0]"));
  CHECK_FALSE(fits(kUnique, "[9223372036854775808, 9223372036854775808]"));
  CHECK(fits(kUnique, "[9007199254740993, 9007199254740992]"));
  CHECK(fits(kUnique, "[[1,2],[2,1]]"));
}

TEST_CASE("a schema for a kind that another kind is held against") {
  const auto set = parse_schemas(R"({"schemas":{
    "tool.call": {"required": ["a"]},
    "tool.*": {"required": ["b"]},
    "*": {"required": ["c"]}}})");
  REQUIRE(set);
  CHECK(set->misfit("tool.call", R"({"a":1})").empty());
  CHECK(set->misfit("tool.result", "{}") == "payload: want the member 'b'");
  CHECK(set->misfit("tool.result", R"({"b":1})").empty());
  CHECK(set->misfit("toolbox", "{}") == "payload: want the member 'c'");
  CHECK(set->misfit("message", R"({"c":1})").empty());
  CHECK(parse_schemas(R"({"schemas":{"tool.call":false}})")->misfit("message", "{}").empty());
}

TEST_CASE("keywords of draft 2020-12 that the suite of draft 7 does not know") {
  CHECK_FALSE(fits(R"({"prefixItems":[{"type":"string"}],"items":false})", R"(["a",1])"));
  CHECK(fits(R"({"prefixItems":[{"type":"string"}],"items":false})", R"(["a"])"));
  CHECK_FALSE(fits(R"({"dependentRequired":{"card":["address"]}})", R"({"card":1})"));
  CHECK(misfit(R"({"dependentRequired":{"card":["address"]}})", R"({"card":1})") ==
        "payload: want the member 'address' beside 'card'");
  CHECK_FALSE(fits(R"({"dependentSchemas":{"card":{"minProperties":2}}})", R"({"card":1})"));
  CHECK_FALSE(fits(R"({"contains":{"const":1},"minContains":2})", "[1,2]"));
  CHECK(fits(R"({"contains":{"const":1},"minContains":0})", "[2]"));
  CHECK_FALSE(fits(R"({"contains":{"const":1},"maxContains":1})", "[1,1]"));
  // What stands beside $ref counts.
  CHECK_FALSE(
      fits(R"({"$ref":"#/$defs/a","maxLength":2,"$defs":{"a":{"type":"string"}}})", R"("abc")"));
}

TEST_CASE("a pattern that is not searched for in the text, or not as it is spelled") {
  CHECK(fits(R"({"pattern":"b"})", R"("abc")"));
  CHECK(fits(R"({"pattern":"^\\u00e9$"})", "\"\xc3\xa9\""));
  CHECK(fits(R"({"pattern":"^\\\\u00e9$"})", R"("\\u00e9")"));
  CHECK(fits(R"({"pattern":"^.$"})", "\"\xf0\x9f\x98\x80\""));
  CHECK(fits(R"({"maxLength":1})", "\"\xf0\x9f\x98\x80\""));
}

}  // namespace audit
