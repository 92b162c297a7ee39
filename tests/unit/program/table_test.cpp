#include "ui/table.hpp"

#include <audit/text.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

using audit::cli::Column;
using audit::cli::paint_hits;
using audit::cli::Row;
using audit::cli::Style;
using audit::cli::Table;
using audit::cli::Tone;

namespace {

std::vector<Column> three() {
  return {{.widest = 6, .expendable = 1}, {.grows = true}, {.widest = 8, .right_aligned = true}};
}

}  // namespace

TEST_CASE("columns are as wide as they need, the growing one takes the rest") {
  Table table(three(), 40, Style());
  const std::vector<Row> rows = {{{"ab"}, {"what"}, {"7"}}, {{"abc"}, {"more"}, {"12"}}};
  table.fit(rows);
  CHECK(table.line(rows[0]) == "ab   what                              7");
  CHECK(table.line(rows[1]) == "abc  more                             12");
}

TEST_CASE("no line is wider than the terminal, and none ends in blanks") {
  for (const std::size_t width : {10U, 20U, 33U, 40U, 79U}) {
    Table table(three(), width, Style());
    const std::vector<Row> rows = {
        {{"abcdefghij"}, {std::string(200, 'x')}, {"123456789012"}},
        {{"日本語日本語"}, {"日本語日本語日本語日本語日本語日本語"}, {""}}};
    table.fit(rows);
    for (const Row& row : rows) {
      const std::string line = table.line(row);
      CHECK(audit::display_width(line) <= width);
      CHECK_FALSE(line.ends_with(' '));
    }
  }
}

TEST_CASE("where room is short the expendable column goes, the growing one stays") {
  Table table(three(), 30, Style());
  const std::vector<Row> rows = {{{"abcdef"}, {"what happened to it"}, {"12345678"}}};
  table.fit(rows);
  CHECK(table.line(rows[0]).starts_with("what happened to it"));
}

TEST_CASE("in a pipe values are whole, unpadded, and absent ones are a dash") {
  const Table table(three(), std::nullopt, Style());
  CHECK(table.line({{"a much longer value than fits"}, {""}, {"7"}}) ==
        "a much longer value than fits  -  7");
}

TEST_CASE("later rows are cut to the widths of the rows that were fitted") {
  Table table(three(), 40, Style());
  const std::vector<Row> rows = {{{"ab"}, {"x"}, {"7"}}};
  table.fit(rows);
  CHECK(table.line({{"abcdef"}, {"y"}, {"8"}}).starts_with("a\u2026  y"));
}

TEST_CASE("hits are painted whole, in any case, and only with colour") {
  const std::vector<std::string> words = {"refund"};
  CHECK(paint_hits(Style(true), Tone::plain, "a Refund, refunds", words) ==
        "a \x1b[1;33mRefund\x1b[0m, refunds");
  CHECK(paint_hits(Style(false), Tone::plain, "a Refund", words) == "a Refund");
}

TEST_CASE("words are found folded, phrases by their words, prefixes by their star") {
  using Spans = std::vector<audit::TextSpan>;
  const auto find = [](std::string_view text, std::vector<std::string> words) {
    return audit::find_words(text, words);
  };
  CHECK(find("Café au lait", {"cafe"}) == Spans{{0, 5}});
  CHECK(find("one two three", {"two three"}) == Spans{{4, 3}, {8, 5}});
  CHECK(find("refunds", {"refund"}).empty());
  CHECK(find("refunds", {"refund*"}) == Spans{{0, 7}});
  CHECK(find("id 550E8400-e29b-41d4-a716-446655440000.",
             {"550e8400-e29b-41d4-a716-446655440000"}) == Spans{{3, 36}});
  CHECK(find("anything", {}).empty());
}
