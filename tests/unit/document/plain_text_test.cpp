#include "document/plain_text.hpp"

#include <array>
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "parts.hpp"

using namespace audit;
using namespace audit::test;
using namespace audit::document;

namespace {

std::string text_of(std::size_t width, const std::function<void(Writer&)>& write) {
  std::string bytes;
  TextWriter text(width, [&](std::string_view piece) { bytes.append(piece); });
  write(text);
  return bytes;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

TEST_CASE("no line is wider than asked, whatever is written") {
  for (const std::size_t width : {40U, 57U, 80U, 200U}) {
    for (const std::string& text : breaking_texts()) {
      const std::string longer = text + " and some more words of it " + text;
      const std::string out = text_of(width, [&](Writer& writer) {
        writer.add(Title{longer, longer, longer});
        writer.add(Heading{longer, 2});
        writer.add(Paragraph(longer));
        writer.add(KeyValues{{{longer, longer}}});
        writer.add(Callout{longer, {{longer}}});
        writer.add(Tree{{{0, longer, "met"}, {3, longer}, {90, longer}}});
        writer.add(TimeChart{"t", {"a", "b"}, {{longer, {1, 2}}}});
        writer.add(BarCharts{{{"t", {{longer, 3}}}}});
        writer.begin_table({{{"T", Align::left, "sample"}, {"U", Align::right, "", 3}}});
        writer.row(std::array<Cell, 2>{Cell{longer}, Cell{.text = longer, .if_cut = "rest"}});
        writer.end_table();
      });
      for (const std::string& line : lines_of(out)) {
        CAPTURE(width);
        CAPTURE(line);
        REQUIRE(base::display_width(line) <= width);
        REQUIRE(base::is_utf8(line));
        REQUIRE(base::escape_controls(line) == line);
      }
    }
  }
}

TEST_CASE("words stay whole where they fit, and none is lost") {
  const std::string out = text_of(40, [](Writer& writer) {
    writer.add(Paragraph("the quick brown fox jumps over the lazy dog and runs away again"));
  });
  CHECK(out ==
        "the quick brown fox jumps over the lazy\n"
        "dog and runs away again\n"
        "\n");
}

TEST_CASE("a table of text has its cells below their titles") {
  const std::string out = text_of(40, [](Writer& writer) {
    writer.begin_table({{{"Name", Align::left, "12345678"},
                         {"What", Align::left, "", 2},
                         {"N", Align::right, "1234"}}});
    writer.row(std::array<Cell, 3>{Cell{"one"}, Cell{"some words that take more than one line"},
                                   Cell{"17"}});
    writer.row(std::array<Cell, 3>{Cell{"two"}, Cell{"short"}, Cell{"4"}});
    writer.end_table();
  });
  CHECK(out ==
        "Name      What                         N\n"
        "--------  ------------------------  ----\n"
        "one       some words that take        17\n"
        "          more than one line\n"
        "two       short                        4\n"
        "\n");
}

TEST_CASE("a cell that was cut says where the rest is, others do not") {
  const std::string out = text_of(60, [](Writer& writer) {
    writer.begin_table({{{"T", Align::left, "", 1}}});
    writer.row(std::array<Cell, 1>{Cell{.text = std::string_view("short"), .if_cut = "rest of 1"}});
    writer.row(std::array<Cell, 1>{Cell{
        .text =
            std::string_view("words and words and words and words and words and words and words"),
        .if_cut = "rest of 2"}});
    writer.end_table();
  });
  CHECK(out.find("rest of 1") == std::string::npos);
  CHECK(out.find("\u2026\nrest of 2\n") != std::string::npos);
}

TEST_CASE("status words and footnotes are there without colour") {
  const std::string out = text_of(60, [](Writer& writer) {
    writer.add(Tree{{{0, "Article 12", "met", Tone::good}, {1, "logs", "missing", Tone::bad}}});
    writer.add(Paragraph(std::vector<Run>{{"a claim"}, {"its source", Run::Kind::footnote}}));
    writer.finish();
  });
  CHECK(out ==
        "- [met] Article 12\n"
        "  - [missing] logs\n"
        "\n"
        "a claim [1]\n"
        "\n"
        "[1] its source\n");
}
