#include "siem/cut.hpp"

#include <string>

#include <doctest/doctest.h>

#include "base/text.hpp"

namespace audit {

namespace {

using siem::cut;
using siem::LineBreaks;
using siem::visible;

// Of 300 times the letter x, computed with sha256sum.
constexpr std::string_view kDigest =
    "0d4e2ca9e9cbced7a7a5380eb29e1a3783b9b6d0db72de36a1051038e1c1fbc7";

}  // namespace

TEST_CASE("a text that fits is cut, or one that does not is whole") {
  std::string scratch;
  const std::string text(300, 'x');
  CHECK(cut(text, 0, text, scratch) == text);
  CHECK(cut(text, 300, text, scratch) == text);
  CHECK(cut(text, 299, text, scratch).size() <= 299);
}

TEST_CASE("what was cut away is not told by its digest") {
  std::string scratch;
  const std::string text(300, 'x');
  const std::string few(cut(text, 40, text, scratch));
  CHECK(few == std::string(12, 'x') + "\u2026[sha256:" + std::string(kDigest.substr(0, 16)) + "]");
  const std::string all(cut(text, 256, text, scratch));
  CHECK(all == (std::string(256 - 76, 'x') + "\u2026[sha256:" + std::string(kDigest) + "]"));
  CHECK(all.size() == 256);
}

TEST_CASE("a cut goes through a character") {
  std::string scratch;
  std::string text;
  for (int i = 0; i < 40; ++i) text += "\u20ac\U0001f600";
  for (std::size_t limit = 32; limit < 120; ++limit) {
    const std::string_view short_text = cut(text, limit, text, scratch);
    CHECK(short_text.size() <= limit);
    CHECK(short_text.size() + 4 > limit);
    CHECK(base::is_utf8(short_text));
  }
}

TEST_CASE("a text in the scratch itself is lost when it is cut") {
  std::string scratch(100, 'y');
  CHECK(cut(scratch, 50, scratch, scratch).starts_with(std::string(22, 'y') + "\u2026[sha256:"));
}

TEST_CASE("what reorders or hides text reaches a line") {
  std::string scratch;
  CHECK(visible("plain text, \\ and \"", LineBreaks::spelt_out, scratch) ==
        "plain text, \\ and \"");
  CHECK(visible("a\nb\tc\x1b[2J\u202e\u20ac", LineBreaks::spelt_out, scratch) ==
        "a\\nb\\tc\\x1b[2J\\u202e\u20ac");
  CHECK(visible("a\nb\tc\x1b[2J\u202e\u20ac\r\n", LineBreaks::kept, scratch) ==
        "a\nb\tc\\x1b[2J\\u202e\u20ac\r\n");
}

}  // namespace audit
