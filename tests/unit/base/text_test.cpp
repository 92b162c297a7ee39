#include "base/text.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace audit::base {
namespace {

TEST_CASE("well-formed UTF-8 is accepted up to the edges of each length") {
  const std::vector<std::string> texts = {
      "",
      "plain",
      std::string("\0", 1),
      "\x7f",
      "\xc2\x80",          // U+0080
      "\xdf\xbf",          // U+07FF
      "\xe0\xa0\x80",      // U+0800
      "\xed\x9f\xbf",      // U+D7FF
      "\xee\x80\x80",      // U+E000
      "\xef\xbf\xbf",      // U+FFFF
      "\xf0\x90\x80\x80",  // U+10000
      "\xf4\x8f\xbf\xbf",  // U+10FFFF
      "eight by\xc3\xa9 eight",
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(is_utf8(text));
  }
}

TEST_CASE("malformed UTF-8 is refused wherever it stands") {
  const std::vector<std::string> texts = {
      "\x80",  // continuation alone
      "\xbf",
      "\xc0\x80",  // overlong NUL
      "\xc1\xbf",  // overlong U+007F
      "\xc2",      // cut short
      "\xc2\x41",
      "\xc2\xc2\x80",
      "\xe0\x80\x80",  // overlong
      "\xe0\x9f\xbf",  // overlong U+07FF
      "\xe0\xa0",
      "\xe1\x80",
      "\xed\xa0\x80",      // surrogate D800
      "\xed\xbf\xbf",      // surrogate DFFF
      "\xf0\x80\x80\x80",  // overlong
      "\xf0\x8f\xbf\xbf",  // overlong U+FFFF
      "\xf0\x90\x80",
      "\xf4\x90\x80\x80",  // U+110000
      "\xf5\x80\x80\x80",
      "\xf8\x88\x80\x80\x80",
      "\xfe",
      "\xff",
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK_FALSE(is_utf8(text));
    CHECK_FALSE(is_utf8("some longer ASCII text before it " + text));
    CHECK_FALSE(is_utf8(text + " and after it, longer than eight bytes"));
  }
}

TEST_CASE("UTF-8: every code point is accepted, and no surrogate") {
  // Encoded here bit by bit from the definition.
  for (std::uint32_t code = 0; code <= 0x110000; ++code) {
    std::string text;
    if (code < 0x80) {
      text = {static_cast<char>(code)};
    } else if (code < 0x800) {
      text = {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 63))};
    } else if (code < 0x10000) {
      text = {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 63)),
              static_cast<char>(0x80 | (code & 63))};
    } else {
      text = {static_cast<char>(0xf0 | code >> 18), static_cast<char>(0x80 | (code >> 12 & 63)),
              static_cast<char>(0x80 | (code >> 6 & 63)), static_cast<char>(0x80 | (code & 63))};
    }
    const bool expected = code < 0xd800 || (code > 0xdfff && code <= 0x10ffff);
    if (is_utf8(text) != expected) FAIL_CHECK("code point " << code);
  }
}

TEST_CASE("white space is Unicode's, not only ASCII's") {
  for (const char* text : {" ", "a b", "\t", "a\n", "\u0085", "\u00a0", "\u1680", "\u2003x",
                           "\u2028", "\u202f", "\u205f", "x\u3000"}) {
    CAPTURE(text);
    CHECK(has_white_space(text));
  }
  for (const char* text : {"", "a", "caf\u00e9", "\u200b", "\u2060", "\u180e"}) {
    CAPTURE(text);
    CHECK_FALSE(has_white_space(text));
  }
}

TEST_CASE("nothing that steers a terminal gets through") {
  CHECK(escape_controls("a\x1b[31mred\x1b[0m") == "a\\x1b[31mred\\x1b[0m");
  CHECK(escape_controls("line\r\nnext\ttab") == "line\\r\\nnext\\ttab");
  CHECK(escape_controls(std::string("nul\0.", 5)) == "nul\\x00.");
  CHECK(escape_controls("bell\x07 bs\x08 del\x7f") == "bell\\x07 bs\\x08 del\\x7f");
  CHECK(escape_controls("\u009b31m") == "\\u009b31m");  // C1: control sequence introducer
  CHECK(escape_controls("\u0085") == "\\u0085");        // C1: next line
  CHECK(escape_controls("\x9b"
                        "31m") ==
        "\\x9b"
        "31m");  // the same as a bare byte
}

TEST_CASE("bidi and invisible characters are spelt out") {
  CHECK(escape_controls("a\u202eb") == "a\\u202eb");
  for (const auto& [text, escaped] : std::vector<std::pair<std::string, std::string>>{
           {"\u061c", "\\u061c"},         {"\u200e", "\\u200e"},         {"\u200f", "\\u200f"},
           {"\u202a", "\\u202a"},         {"\u202b", "\\u202b"},         {"\u202c", "\\u202c"},
           {"\u202d", "\\u202d"},         {"\u2066", "\\u2066"},         {"\u2067", "\\u2067"},
           {"\u2068", "\\u2068"},         {"\u2069", "\\u2069"},         {"\u200b", "\\u200b"},
           {"\u200c", "\\u200c"},         {"\u200d", "\\u200d"},         {"\u2060", "\\u2060"},
           {"\u2028", "\\u2028"},         {"\u2029", "\\u2029"},         {"\ufeff", "\\ufeff"},
           {"\u00ad", "\\u00ad"},         {"\u034f", "\\u034f"},         {"\u180e", "\\u180e"},
           {"\u3164", "\\u3164"},         {"\uffa0", "\\uffa0"},         {"\u115f", "\\u115f"},
           {"\U000e0041", "\\U000e0041"}, {"\U000e0100", "\\U000e0100"}, {"\ufe00", "\\ufe00"},
           {"\uffff", "\\uffff"},         {"\U0010fffe", "\\U0010fffe"}, {"\ufdd0", "\\ufdd0"},
       }) {
    CHECK(escape_controls(text) == escaped);
    CHECK(escape_controls("x" + text + "y") == "x" + escaped + "y");
  }
}

TEST_CASE("bytes that are not UTF-8 are shown one by one") {
  CHECK(escape_controls("\xff") == "\\xff");
  CHECK(escape_controls("a\xc3") == "a\\xc3");
  CHECK(escape_controls("\xed\xa0\x80") == "\\xed\\xa0\\x80");
  CHECK(escape_controls("\xc0\x9b") == "\\xc0\\x9b");
}

TEST_CASE("readable text of any script stays as it is") {
  for (const char* text : {"", "plain ~!", "caf\u00e9", "e\u0301", "\u65e5\u672c", "\u0627\u0644",
                           "\U0001f600", "C:\\n", "\u2026", "\u2764\ufe0f", "\u00a0"}) {
    CAPTURE(text);
    CHECK(escape_controls(text) == text);
  }
}

TEST_CASE("selectors cannot smuggle bytes") {
  CHECK(escape_controls("\ufe0f") == "\\ufe0f");
  CHECK(escape_controls("\u2764\ufe0f\ufe0f\ufe0e") == "\u2764\ufe0f\\ufe0f\\ufe0e");
  CHECK(escape_controls(" \ufe0f") == " \\ufe0f");
  CHECK(escape_controls("\x01\ufe0f") == "\\x01\\ufe0f");
}

TEST_CASE("what was escaped once has nothing left to escape") {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  const std::string once = escape_controls(all + "\u202e\u2764\ufe0f");
  CHECK(escape_controls(once) == once);
  CHECK(is_utf8(once));
}

TEST_CASE("width counts columns, not bytes or code points") {
  for (const auto& [text, width] : std::vector<std::pair<std::string, std::size_t>>{
           {"", 0},
           {"abc", 3},
           {"caf\u00e9", 4},
           {"cafe\u0301", 4},                  // combining accent
           {"\u65e5\u672c", 4},                // wide
           {"\U0001f600", 2},                  // emoji
           {"\U0001f468\u200d\U0001f469", 2},  // joined emoji: one grapheme
           {"\U0001f1e9\U0001f1ea", 2},        // a flag: two regional indicators
           {"\u2764\ufe0f", 2},                // emoji presentation
           {"\uac00", 2},                      // Hangul syllable
           {"\u1100\u1161", 2},                // the same of two jamo
           {"a\xff"
            "b",
            3},
       }) {
    CAPTURE(text);
    CHECK(display_width(text) == width);
  }
}

TEST_CASE("truncating never splits a grapheme or passes the width") {
  CHECK(truncate_to_width("hello", 5) == "hello");
  CHECK(truncate_to_width("hello", 4) == "hel\u2026");
  CHECK(truncate_to_width("hello", 1) == "\u2026");
  CHECK(truncate_to_width("hello", 0) == "");
  CHECK(truncate_to_width("", 0) == "");
  CHECK(truncate_to_width("h", 1) == "h");
  CHECK(truncate_to_width("\u65e5\u672c\u8a9e", 6) == "\u65e5\u672c\u8a9e");
  CHECK(truncate_to_width("\u65e5\u672c\u8a9e", 5) == "\u65e5\u672c\u2026");
  CHECK(truncate_to_width("\u65e5\u672c\u8a9e", 4) == "\u65e5\u2026");
  CHECK(truncate_to_width("\u65e5\u672c\u8a9e", 1) == "\u2026");
  CHECK(truncate_to_width("xe\u0301y\u0301z", 4) == "xe\u0301y\u0301z");
  CHECK(truncate_to_width("xe\u0301y\u0301zz", 3) == "xe\u0301\u2026");
  CHECK(truncate_to_width("\U0001f468\u200d\U0001f469 family", 3) ==
        "\U0001f468\u200d\U0001f469\u2026");
}

TEST_CASE("truncated text fits at every width") {
  const std::string text = "a\u65e5e\u0301\U0001f1e9\U0001f1ea\xffz\u2764\ufe0f end";
  for (std::size_t width = 0; width <= display_width(text) + 1; ++width) {
    CHECK(display_width(truncate_to_width(text, width)) <= width);
  }
}

TEST_CASE("edit distance finds the slips people make") {
  CHECK(edit_distance("", "", 2) == 0);
  CHECK(edit_distance("tool", "tool", 2) == 0);
  CHECK(edit_distance("tol", "tool", 2) == 1);     // left out
  CHECK(edit_distance("toool", "tool", 2) == 1);   // doubled
  CHECK(edit_distance("tools", "toils", 2) == 1);  // another key
  CHECK(edit_distance("otol", "tool", 2) == 1);    // swapped
  CHECK(edit_distance("kitten", "sitting", 9) == 3);
  CHECK(edit_distance("", "abc", 9) == 3);
  CHECK(edit_distance("abc", "", 9) == 3);
}

TEST_CASE("edit distance stops counting at its limit") {
  CHECK(edit_distance("kitten", "sitting", 3) == 3);
  CHECK(edit_distance("kitten", "sitting", 2) == 3);
  CHECK(edit_distance("a", "completely different", 2) == 3);
  CHECK(edit_distance("abc", "abd", 0) == 1);
}

TEST_CASE("lower case touches ASCII letters only") {
  CHECK(to_lower_ascii("AZ az 09 @[`{ \u00c9") == "az az 09 @[`{ \u00c9");
}

}  // namespace

TEST_CASE("broken UTF-8 is lost, or stays broken") {
  CHECK(repair_utf8("plain \xc3\xa9") == "plain \xc3\xa9");
  CHECK(repair_utf8("a\xff\xc3z") == "a\xef\xbf\xbd\xef\xbf\xbdz");
  CHECK(repair_utf8("\xed\xa0\x80") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(repair_utf8("").empty());
}

}  // namespace audit::base
