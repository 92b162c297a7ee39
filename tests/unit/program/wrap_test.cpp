#include "ui/wrap.hpp"

#include <string>

#include <doctest/doctest.h>

#include "ui/terminal.hpp"

using audit::cli::Output;
using audit::cli::wrap;
using audit::cli::wrap_lines;
using audit::cli::wrap_width;

TEST_CASE("a line is broken between words and goes on below its indent") {
  CHECK(wrap("one two three", 0, 7) == "one two\nthree");
  CHECK(wrap("one two three", 6, 13) == "one two\n      three");
  CHECK(wrap("one two three", 6, SIZE_MAX) == "one two three");
  CHECK(wrap("", 6, 10).empty());
}

TEST_CASE("a word that fits nowhere is left whole, and width is that of the terminal") {
  CHECK(wrap("a incomprehensible b", 0, 6) == "a\nincomprehensible\nb");
  CHECK(wrap("日本 日本", 0, 9) == "日本 日本");
  CHECK(wrap("日本 日本", 0, 8) == "日本\n日本");
}

TEST_CASE("lines that are laid out go on below their last column, short ones stay") {
  CHECK(wrap_lines("  -n     show few of them\nshort\n", 20) ==
        "  -n     show few of\n         them\nshort\n");
  CHECK(wrap_lines("  audit search a b c d", 16) == "  audit search a\n      b c d");
  CHECK(wrap_lines("no end", 80) == "no end");
  CHECK(wrap_lines("incomprehensible", 5) == "incomprehensible");
}

TEST_CASE("nothing is broken in a pipe, and nothing beyond 80 columns") {
  std::string memory;
  CHECK(wrap_width(Output(memory)) == SIZE_MAX);
  CHECK(wrap_width(Output(memory, {.is_terminal = true, .columns = 60})) == 60);
  CHECK(wrap_width(Output(memory, {.is_terminal = true, .columns = 300})) == 80);
  CHECK(wrap_width(Output(memory, {.is_terminal = true, .columns = 1})) == 40);
}
