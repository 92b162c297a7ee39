#include <audit/schemas.hpp>

#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace audit {

namespace {

SchemaError refusal(std::string_view text) {
  auto set = parse_schemas(text);
  REQUIRE_FALSE(set);
  return set.error();
}

SchemaError refusal_of(std::string_view schema) {
  return refusal(fmt::format(R"({{"schemas":{{"tool.call":{}}}}})", schema));
}

void check_refused(std::string_view schema, std::string_view place, std::string_view message) {
  CAPTURE(schema);
  const SchemaError error = refusal_of(schema);
  CHECK(error.place == fmt::format("/schemas/tool.call{}", place));
  CHECK_MESSAGE(error.problem.message.find(message) != std::string::npos, error.problem.message);
  CHECK_FALSE(error.problem.hint.empty());
}

}  // namespace

TEST_CASE("a schema that would let everything pass, because it was misspelt or cannot be checked") {
  check_refused(R"({"minimun": 3})", "/minimun", "unknown keyword 'minimun'");
  CHECK(refusal_of(R"({"minimun": 3})").problem.hint == "did you mean 'minimum'?");
  check_refused(R"({"properties":{"a":{"typ":"string"}}})", "/properties/a/typ", "unknown keyword");
  check_refused(R"({"unevaluatedProperties": false})", "/unevaluatedProperties",
                "cannot be checked");
  check_refused(R"({"$dynamicRef": "#a"})", "/$dynamicRef", "cannot be checked");
  check_refused(R"({"format": "idn-email"})", "/format",
                "the format 'idn-email' cannot be checked");
  check_refused(R"({"$schema": "http://json-schema.org/draft-04/schema#"})", "/$schema",
                "is not known");
  check_refused(
      R"({"$schema":"http://json-schema.org/draft-07/schema#","$ref":"#/definitions/a","maxLength":1,"definitions":{"a":{}}})",
      "/maxLength", "would not count");
}

TEST_CASE("a keyword with a value that means nothing") {
  for (const auto& [schema, place] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {R"(3)", ""},
           {R"({"type": "text"})", "/type"},
           {R"({"type": []})", "/type"},
           {R"({"type": ["string", 1]})", "/type"},
           {R"({"minimum": "3"})", "/minimum"},
           {R"({"exclusiveMinimum": true})", "/exclusiveMinimum"},
           {R"({"multipleOf": 0})", "/multipleOf"},
           {R"({"multipleOf": -1})", "/multipleOf"},
           {R"({"minLength": -1})", "/minLength"},
           {R"({"maxItems": 1.5})", "/maxItems"},
           {R"({"required": "a"})", "/required"},
           {R"({"required": ["a", 1]})", "/required/1"},
           {R"({"properties": []})", "/properties"},
           {R"({"properties": {"a/b~": 1}})", "/properties/a~1b~0"},
           {R"({"items": [{}, 1]})", "/items/1"},
           {R"({"allOf": []})", "/allOf"},
           {R"({"anyOf": {}})", "/anyOf"},
           {R"({"enum": 1})", "/enum"},
           {R"({"uniqueItems": 1})", "/uniqueItems"},
           {R"({"pattern": 1})", "/pattern"},
           {R"({"pattern": "("})", "/pattern"},
           {R"x({"pattern": "(?=a)"})x", "/pattern"},
           {R"({"patternProperties": {"[": true}})", "/patternProperties/["},
           {R"({"dependentRequired": {"a": "b"}})", "/dependentRequired/a"},
           {R"({"properties": {"a": {"$id": "b"}}})", "/properties/a/$id"},
       }) {
    CAPTURE(schema);
    CHECK(refusal_of(schema).place == fmt::format("/schemas/tool.call{}", place));
  }
}

TEST_CASE("a reference that leads nowhere, out of the file, or back to itself") {
  check_refused(R"({"$ref": "#/$defs/none"})", "/$ref", "there is nothing at '#/$defs/none'");
  check_refused(R"({"$ref": "https://example.com/schema.json"})", "/$ref",
                "leads out of the schema");
  check_refused(R"({"$ref": "other.json#/a"})", "/$ref", "leads out of the schema");
  check_refused(R"({"$ref": "file:///etc/passwd"})", "/$ref", "leads out of the schema");
  check_refused(R"({"$ref": "#anchor"})", "/$ref", "leads out of the schema");
  check_refused(R"({"$ref": "#"})", "", "leads back to itself");
  check_refused(
      R"({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}}})",
      "/$defs/b/allOf/0", "leads back to itself");
}

TEST_CASE("a file that is no file of schemas") {
  CHECK(refusal("").problem.message == "line 1, column 1: it is not JSON from here on");
  CHECK(refusal("{\n \"schemas\": {},\n}").problem.message ==
        "line 3, column 1: it is not JSON from here on");
  CHECK(refusal("[]").problem.message == "an object is wanted");
  CHECK(refusal("{}").place == "/schemas");
  CHECK(refusal(R"({"schemas":[]})").place == "/schemas");
  CHECK(refusal(R"({"schemas":{},"tool.call":{}})").place == "/tool.call");
  CHECK(refusal(R"({"schema":"audit.rules/1","schemas":{}})").place == "/schema");
  CHECK(refusal(R"({"schemas":{"a":{},"a":{}}})").problem.message ==
        "line 1, column 20: an object has a member of this name already");
  CHECK(parse_schemas(R"({"schema":"audit.schemas/1","schemas":{}})"));
}

TEST_CASE("a kind that no event ever has") {
  const auto refused = [](std::string_view kind) {
    return refusal(fmt::format(R"({{"schemas":{{"{}":true}}}})", kind)).problem;
  };
  CHECK(refused("tool_call").hint == "they are called 'tool.call'");
  CHECK(refused("sys.erasure").message == "entries of the ledger itself are not checked");
  CHECK(refused("sys.*").message == "entries of the ledger itself are not checked");
  CHECK(refused("unparsed").message.find("is not checked") != std::string::npos);
  CHECK(refused("source.record").message.find("is not checked") != std::string::npos);
  CHECK(refused("tool*").message == "'tool*' is no kind of event");
  CHECK(refused("a*.b").message == "'a*.b' is no kind of event");
  CHECK(refused("").message == "'' is no kind of event");
}

}  // namespace audit
