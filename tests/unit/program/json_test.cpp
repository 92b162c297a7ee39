#include "ui/json.hpp"

#include <string>

#include <doctest/doctest.h>

using audit::cli::append_json_string;
using audit::cli::JsonObject;

namespace {

std::string json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

TEST_CASE("what JSON forbids in a string is escaped") {
  CHECK(json("a\"b\\c") == R"("a\"b\\c")");
  CHECK(json(std::string_view("\0\n\x1f\x7f", 4)) == R"("\u0000\u000a\u001f\u007f")");
  CHECK(json("é日") == "\"é日\"");
}

TEST_CASE("bytes that are not UTF-8 do not make invalid JSON") {
  CHECK(json("a\xff") == R"("a\\xff")");
}

TEST_CASE("an object keeps its members in order and knows null") {
  JsonObject object;
  CHECK(object.str() == "{}");
  object.add("schema", "x/1").add("n", std::uint64_t{18446744073709551615U});
  object.add("none", std::optional<std::uint64_t>()).add("yes", true);
  object.add("list", std::vector<std::string>{"a", "b"}).add_raw("raw", "[1]");
  CHECK(
      object.str() ==
      R"({"schema":"x/1","n":18446744073709551615,"none":null,"yes":true,"list":["a","b"],"raw":[1]})");
}
