// Schemas and payloads made to take for ever, or all of the stack. Without bounds these tests do not
// end, or end the program.
#include <audit/schemas.hpp>

#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace audit {

namespace {

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  text.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

tl::expected<SchemaSet, SchemaError> parsed(std::string_view schema) {
  return parse_schemas(fmt::format(R"({{"schemas":{{"other":{}}}}})", schema));
}

std::string misfit(std::string_view schema, std::string_view payload) {
  const auto set = parsed(schema);
  REQUIRE(set);
  return set->misfit("other", payload);
}

constexpr std::string_view kTooMuch = "payload: want less than it would take to check all of it";

}  // namespace

TEST_CASE("a schema whose work doubles with each level of the payload") {
  constexpr std::string_view kDoubling =
      R"({"anyOf": [{"items": {"$ref": "#"}, "minItems": 2}, {"items": {"$ref": "#"}, "minItems": 2}]})";
  CHECK(misfit(kDoubling, repeated("[", 199) + repeated("]", 199)) == kTooMuch);
}

TEST_CASE("a payload as deep as one may be, and a schema that follows it down") {
  const std::string deep = repeated("[", 200) + repeated("]", 200);
  CHECK(misfit(R"({"items": {"$ref": "#"}})", deep).empty());
  // Many schemas at each level: the stack is bounded, whatever is said.
  std::string chain = R"({"items": {"$ref": "#"}})";
  for (int i = 0; i < 60; ++i) chain = fmt::format(R"({{"allOf": [{}]}})", chain);
  CHECK(misfit(chain, deep) ==
        "payload: want fewer schemas within each other than it takes to check");
}

TEST_CASE("a chain of references as long as a file can hold") {
  std::string schema = R"({"$ref": "#/$defs/a0", "$defs": {)";
  constexpr int kLinks = 9000;
  for (int i = 0; i < kLinks; ++i) {
    schema += fmt::format(R"("a{}": {{"$ref": "#/$defs/a{}"}}, )", i, i + 1);
  }
  const auto set = parsed(schema + fmt::format(R"("a{}": true}}}})", kLinks));
  REQUIRE_FALSE(set);
  CHECK(set.error().problem.message.find("one after the other") != std::string::npos);
}

TEST_CASE("more schemas, patterns, kinds or bytes than there may be") {
  std::string many = repeated("true,", 10'000);
  many.pop_back();
  CHECK(parsed(fmt::format(R"({{"prefixItems":[{}]}})", many)).error().problem.message ==
        "there are too many schemas in the file");
  std::string patterns;
  for (int i = 0; i < 257; ++i) patterns += fmt::format(R"({}"a{}":true)", i == 0 ? "" : ",", i);
  CHECK(
      parsed(fmt::format(R"({{"patternProperties":{{{}}}}})", patterns)).error().problem.message ==
      "there are too many patterns in the file");
  std::string kinds;
  for (int i = 0; i < 257; ++i) kinds += fmt::format(R"({}"a{}":true)", i == 0 ? "" : ",", i);
  CHECK(parse_schemas(fmt::format(R"({{"schemas":{{{}}}}})", kinds)).error().problem.message ==
        "more than 256 kinds of events");
  const std::string large = R"({"schemas":{}})" + std::string(kMaxSchemasBytes, ' ');
  CHECK(parse_schemas(large).error().problem.message.find("bytes") != std::string::npos);
}

TEST_CASE("a pattern that takes for ever elsewhere, or all of the memory") {
  const std::string a_million = "\"" + std::string(1'000'000, 'a') + "\"";
  CHECK(misfit(R"({"pattern": "^(a+)+$"})", a_million).empty());
  CHECK_FALSE(misfit(R"({"pattern": "^(a+)+b$"})", a_million).empty());
  CHECK_FALSE(parsed(R"({"pattern": "((a{1000}){1000}){1000}"})"));
  CHECK_FALSE(parsed(fmt::format(R"({{"pattern": "{}"}})", std::string(5000, 'a'))));
}

TEST_CASE("a payload of millions of values that are compared with each other") {
  std::string numbers = "[";
  for (int i = 0; i < 300'000; ++i) numbers += fmt::format("{},", i);
  CHECK(misfit(R"({"uniqueItems": true})", numbers + "-1]").empty());
  CHECK(misfit(R"({"uniqueItems": true})", numbers + "299999]") ==
        "payload: want no element twice");
  // Names are looked for one by one: what is asked about all of them costs what it takes.
  std::string members = "{";
  for (int i = 0; i < 300'000; ++i) members += fmt::format(R"("m{}":0,)", i);
  members += R"("last":0})";
  std::string wanted;
  for (int i = 0; i < 5000; ++i) wanted += fmt::format(R"({}"w{}":["x"])", i == 0 ? "" : ",", i);
  CHECK(misfit(fmt::format(R"({{"dependentRequired":{{{}}}}})", wanted), members) == kTooMuch);
}

}  // namespace audit
