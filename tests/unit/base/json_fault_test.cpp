#include "base/json_fault.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

#include "base/json.hpp"

namespace audit::base {

TEST_CASE("a fault in JSON that is pointed out somewhere else, or not at all") {
  for (const auto& [text, offset] : std::initializer_list<std::pair<std::string_view, std::size_t>>{
           {"", 0},
           {"{", 1},
           {R"({"a":1,})", 7},
           {R"({"a" 1})", 5},
           {R"({a:1})", 1},
           {"[1,]", 3},
           {"[1 2]", 3},
           {"[01]", 2},
           {"[1.]", 3},
           {"[1e]", 3},
           {"[-]", 2},
           {"[+1]", 1},
           {"tru", 3},
           {"nul]", 3},
           {R"("abc)", 4},
           {"\"a\nb\"", 2},
           {R"("\x")", 2},
           {R"("\u12g4")", 5},
           {"{} x", 3},
           {"['a']", 1},
           {R"({"a":1,"b":{"c":1,"c":2}})", 18},
           {"\xef\xbb\xbf{", 4},
       }) {
    CAPTURE(text);
    JsonReader json;
    CHECK(json.parse(text) != JsonStatus::ok);
    CHECK(find_json_fault(text) == offset);
  }
  for (const std::string_view text :
       {R"({"a":[1,-0.5e+3,true,false,null,"\u00e9\n\"\\\/"],"b":{}})", " [ ] ", "0",
        "\"\xc3\xa9\""}) {
    CAPTURE(text);
    JsonReader json;
    CHECK(json.parse(text) == JsonStatus::ok);
    CHECK_FALSE(find_json_fault(text));
  }
  CHECK(find_json_fault(std::string(300, '[')) == kMaxJsonDepth);
}

TEST_CASE("a line or a column that is counted wrong") {
  CHECK(line_and_column("abc", 0) == "line 1, column 1");
  CHECK(line_and_column("abc", 3) == "line 1, column 4");
  CHECK(line_and_column("a\nbc\n\nd", 3) == "line 2, column 2");
  CHECK(line_and_column("a\nbc\n\nd", 5) == "line 3, column 1");
  CHECK(line_and_column("\xc3\xa9\xc3\xa9x", 4) == "line 1, column 3");
}

}  // namespace audit::base
