#include "document/markdown.hpp"

#include <array>
#include <functional>
#include <string>

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "parts.hpp"
#include "read_back.hpp"

using namespace audit;
using namespace audit::test;
using namespace audit::document;

namespace {

std::string markdown_of(const std::function<void(Writer&)>& write) {
  std::string bytes;
  MarkdownWriter markdown({}, [&](std::string_view piece) { bytes.append(piece); });
  write(markdown);
  return bytes;
}

// As a page shows it: spaces at the ends are nobody's.
std::string as_shown(const std::string& text) {
  std::string safe = base::escape_controls(text);
  while (safe.ends_with(' ')) safe.pop_back();
  return safe.substr(safe.find_first_not_of(' '));
}

std::string trimmed_lines(const std::string& text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    while (line.ends_with(' ')) line.pop_back();
    const std::size_t first = line.find_first_not_of(' ');
    out += (first == std::string::npos ? "" : line.substr(first)) + "\n";
    at = end + 1;
  }
  return out;
}

}  // namespace

TEST_CASE("each text in Markdown renders as itself, in a paragraph, a heading, a list and a cell") {
  const std::vector<std::function<void(Writer&, const std::string&)>> places = {
      [](Writer& writer, const std::string& text) { writer.add(Paragraph(text)); },
      [](Writer& writer, const std::string& text) {
        writer.add(Heading{text, 2});
      },
      [](Writer& writer, const std::string& text) {
        writer.add(Tree{{{0, text}}});
      },
      [](Writer& writer, const std::string& text) {
        writer.add(Callout{"t", {{text}}});
      },
      [](Writer& writer, const std::string& text) {
        writer.begin_table({{{"T", Align::left, ""}, {"U", Align::right, ""}}});
        writer.row(std::array<Cell, 2>{Cell{text}, Cell{text}});
        writer.end_table();
      },
      [](Writer& writer, const std::string& text) {
        writer.add(KeyValues{{{"k", text, Tone::plain, true}}});
      },
  };
  for (std::size_t place = 0; place < places.size(); ++place) {
    for (const std::string& text : breaking_texts()) {
      const auto shown =
          WrittenText(markdown_of([&](Writer& writer) { places[place](writer, text); })).markdown();
      if (!shown) return;
      CAPTURE(place);
      CAPTURE(as_shown(text));
      CAPTURE(*shown);
      CHECK(has_line(trimmed_lines(*shown), as_shown(text)));
      CHECK(shown->find("ELEMENT a ") == std::string::npos);
      CHECK(shown->find("ELEMENT img") == std::string::npos);
    }
  }
}

TEST_CASE("a row of a table in Markdown has its columns, whatever is in its cells") {
  for (const std::string& text : breaking_texts()) {
    const auto shown = WrittenText(markdown_of([&](Writer& writer) {
                         writer.begin_table({{{"A", Align::left, ""}, {"B", Align::right, ""}}});
                         for (int i = 0; i < 3; ++i) {
                           writer.row(std::array<Cell, 2>{
                               Cell{text, Tone::bad, true, "row-1", true, text}, Cell{text}});
                         }
                         writer.end_table();
                       })).markdown();
    if (!shown) return;
    CAPTURE(text);
    CHECK(occurrences(*shown, "ELEMENT tr\n") == 4);
    CHECK(occurrences(*shown, "ELEMENT td") == 6);
  }
}

TEST_CASE("code in Markdown stays within its fence") {
  const auto shown = WrittenText(markdown_of([](Writer& writer) {
                       writer.add(Code{"```\n<b>\n````\n# no heading\n"});
                       writer.add(Paragraph("after"));
                     })).markdown();
  if (!shown) return;
  CHECK(shown->find("ELEMENT h1") == std::string::npos);
  CHECK(occurrences(*shown, "ELEMENT pre") == 1);
  CHECK(has_line(*shown, "after"));
}

TEST_CASE("nested items are nested lists") {
  const auto shown = WrittenText(markdown_of([](Writer& writer) {
                       writer.add(Tree{{{0, "a", "met"}, {1, "b"}, {7, "c"}, {0, "d"}}});
                     })).markdown();
  if (!shown) return;
  CHECK(occurrences(*shown, "ELEMENT ul") == 3);
  CHECK(occurrences(*shown, "ELEMENT li") == 4);
}
