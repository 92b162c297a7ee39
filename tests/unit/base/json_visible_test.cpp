#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "base/json.hpp"

namespace audit::base {
namespace {

std::string visible(std::string_view text) {
  std::string out;
  append_visible_json_string(out, text);
  return out;
}

TEST_CASE("what cannot be seen or ends a script is spelt out, and nothing else") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "\"\""},
      {"plain \xc3\xab \xe2\x82\xac \xf0\x9f\x98\x80 > & '",
       "\"plain \xc3\xab \xe2\x82\xac \xf0\x9f\x98\x80 > & '\""},
      {"\"\\/", "\"\\\"\\\\/\""},
      {std::string("\0\n\t\x1f", 4), "\"\\u0000\\u000a\\u0009\\u001f\""},
      {"\x7f\xc2\x80\xc2\x9f\xc2\xa0", "\"\\u007f\\u0080\\u009f\xc2\xa0\""},
      {"</script>", "\"\\u003c/script>\""},
      {"\xd8\x9c\xd8\x9d", "\"\\u061c\xd8\x9d\""},
      {"\xe2\x80\x8a\xe2\x80\x8b\xe2\x80\x8f\xe2\x80\x90",
       "\"\xe2\x80\x8a\\u200b\\u200f\xe2\x80\x90\""},
      {"\xe2\x80\xa8\xe2\x80\xae\xe2\x80\xaf", "\"\\u2028\\u202e\xe2\x80\xaf\""},
      {"\xe2\x81\xa0\xe2\x81\xaf\xe2\x81\xb0", "\"\\u2060\\u206f\xe2\x81\xb0\""},
      {"\xef\xbb\xbf\xef\xbf\xb9\xef\xbf\xbb\xef\xbf\xbc", "\"\\ufeff\\ufff9\\ufffb\xef\xbf\xbc\""},
  };
  for (const auto& [text, spelt] : cases) CHECK(visible(text) == spelt);
}

TEST_CASE("every character comes back from its spelling") {
  JsonReader reader;
  for (unsigned code = 1; code < 0x10000; ++code) {
    if (code >= 0xd800 && code < 0xe000) continue;
    std::string text;
    if (code < 0x80) {
      text = static_cast<char>(code);
    } else if (code < 0x800) {
      text = {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 0x3f))};
    } else {
      text = {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3f)),
              static_cast<char>(0x80 | (code & 0x3f))};
    }
    REQUIRE(reader.parse(visible(text)) == JsonStatus::ok);
    REQUIRE(reader.root().text() == text);
  }
}

}  // namespace
}  // namespace audit::base
