#include "base/escapes.hpp"

#include <cstddef>
#include <string>

#include <doctest/doctest.h>

#include "base/json.hpp"

namespace audit::base {

namespace {

struct Range {
  std::size_t begin;
  std::size_t end;
};

}  // namespace

TEST_CASE("an escape read otherwise than by a reader of JSON") {
  JsonReader reader;
  Escapes escapes;
  for (const std::string written :
       {R"(kim\u0040example.com)", R"(\n\t\r\b\f\/\\\")", R"(\ud83d\ude00 \u00e9 \u20ac)",
        R"(plain\\n)", R"(\u0041\u0062)"}) {
    CAPTURE(written);
    REQUIRE(reader.parse('"' + written + '"') == JsonStatus::ok);
    REQUIRE(escapes.read(written, true) >= 1);
    CHECK(escapes.text(1) == reader.root().text());
  }
}

TEST_CASE("a piece of text that is not put where it was written") {
  Escapes escapes;
  const std::string written = R"(a\u0040b \ud83d\ude00c\nd)";
  REQUIRE(escapes.read(written, true) == 1);
  const std::string text(escapes.text(1));
  REQUIRE(text ==
          "a@b \xf0\x9f\x98\x80"
          "c\nd");
  const auto written_for = [&](std::size_t begin, std::size_t end) {
    const Range found = escapes.place(1, Range{begin, end});
    return written.substr(found.begin, found.end - found.begin);
  };
  CHECK(written_for(0, 3) == R"(a\u0040b)");
  CHECK(written_for(1, 2) == R"(\u0040)");
  CHECK(written_for(4, 8) == R"(\ud83d\ude00)");
  CHECK(written_for(5, 6) == R"(\ud83d\ude00)");  // never a part of an escape
  CHECK(written_for(8, 11) == R"(c\nd)");
  CHECK(written_for(0, text.size()) == written);
}

TEST_CASE("JSON in JSON in JSON that is not seen through") {
  Escapes escapes;
  const std::string written = R"({\"a\":\"{\\\"b\\\":\\\"x\\\\u0040y\\\"}\"})";
  REQUIRE(escapes.read(written, true) == 3);
  CHECK(escapes.text(2) == R"({"a":"{"b":"x\u0040y"}"})");
  CHECK(escapes.text(3) == R"({"a":"{"b":"x@y"}"})");
  const std::size_t at = escapes.text(3).find('@');
  const Range found = escapes.place(3, Range{at - 1, at + 2});
  CHECK(written.substr(found.begin, found.end - found.begin) == R"(x\\\\u0040y)");
}

TEST_CASE("half an escape that does harm") {
  Escapes escapes;
  for (const std::string written : {"\\", "a\\", "\\u", "\\u00", "\\u00zz", "\\x41", "C:\\kim"}) {
    CAPTURE(written);
    CHECK(escapes.read(written, true) == 0);
  }
  REQUIRE(escapes.read(R"(\ud83d\n\ude00)", true) == 1);
  CHECK(escapes.text(1) == "\xef\xbf\xbd\n\xef\xbf\xbd");
}

}  // namespace audit::base
