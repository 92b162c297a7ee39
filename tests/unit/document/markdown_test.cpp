#include "document/markdown.hpp"

#include <array>
#include <functional>
#include <string>
#include <vector>

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

// What a page shows of each, rendered as one document: a process for each would take a minute. What is
// not closed swallows the seam behind it. Empty where there is no renderer.
std::vector<std::string> shown_each(const std::vector<std::string>& written) {
  static const std::string kSeam = "here one ends and the next begins";
  std::string all;
  for (const std::string& one : written)
    all.append(one).append("\n\n").append(kSeam).append("\n\n");
  const auto page = WrittenText(all).markdown();
  if (!page) return {};
  std::vector<std::string> shown;
  std::size_t at = 0;
  for (std::size_t end; (end = page->find("\n" + kSeam + "\n", at)) != std::string::npos;) {
    shown.push_back(page->substr(at, end + 1 - at));
    at = end + kSeam.size() + 2;
  }
  REQUIRE(shown.size() == written.size());
  return shown;
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
  const std::vector<std::string> texts = breaking_texts();
  for (std::size_t place = 0; place < places.size(); ++place) {
    std::vector<std::string> written;
    for (const std::string& text : texts) {
      written.push_back(markdown_of([&](Writer& writer) { places[place](writer, text); }));
    }
    const std::vector<std::string> shown = shown_each(written);
    for (std::size_t i = 0; i < shown.size(); ++i) {
      CAPTURE(place);
      CAPTURE(as_shown(texts[i]));
      CAPTURE(shown[i]);
      CHECK(has_line(trimmed_lines(shown[i]), as_shown(texts[i])));
      CHECK(shown[i].find("ELEMENT a ") == std::string::npos);
      CHECK(shown[i].find("ELEMENT img") == std::string::npos);
    }
  }
}

TEST_CASE("a row of a table in Markdown has its columns, whatever is in its cells") {
  const std::vector<std::string> texts = breaking_texts();
  std::vector<std::string> written;
  for (const std::string& text : texts) {
    written.push_back(markdown_of([&](Writer& writer) {
      writer.begin_table({{{"A", Align::left, ""}, {"B", Align::right, ""}}});
      for (int i = 0; i < 3; ++i) {
        writer.row(
            std::array<Cell, 2>{Cell{text, Tone::bad, true, "row-1", true, text}, Cell{text}});
      }
      writer.end_table();
    }));
  }
  const std::vector<std::string> shown = shown_each(written);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    CAPTURE(texts[i]);
    CHECK(occurrences(shown[i], "ELEMENT tr\n") == 4);
    CHECK(occurrences(shown[i], "ELEMENT td") == 6);
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
