#include "document/html.hpp"

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

std::string page_of(const std::function<void(Writer&)>& write, const About& about = {}) {
  std::string bytes;
  HtmlWriter html(about, [&](std::string_view piece) { bytes.append(piece); });
  write(html);
  return bytes;
}

}  // namespace

TEST_CASE("a page shows each text as it is, whatever it tries to be") {
  std::string bytes;
  HtmlWriter html({}, [&](std::string_view piece) { bytes.append(piece); });
  html.begin_table({{{"T", Align::left, ""}}});
  for (const std::string& text : breaking_texts()) html.row(std::array<Cell, 1>{Cell{text}});
  html.end_table();
  html.finish();
  const auto shown = WrittenText(bytes).html();
  if (!shown) return;
  for (const std::string& text : breaking_texts()) {
    const std::string safe = base::escape_controls(text);
    CAPTURE(safe);
    CHECK(has_line(*shown, safe));
  }
}

TEST_CASE("a hostile text in every place of a page makes no element of its own") {
  const auto shape_of = [](const std::string& text) {
    About about;
    about.title = about.author = about.subject = about.footer = text;
    const auto shown =
        WrittenText(page_of([&](Writer& writer) { write_all_parts(writer, text); }, about)).html();
    std::string tags;
    if (!shown) return tags;
    CHECK(shown->find("MISNESTED") == std::string::npos);
    CHECK(shown->find("OPEN") == std::string::npos);
    for (std::size_t at = 0; (at = shown->find("\nELEMENT ", at)) != std::string::npos; ++at) {
      tags += shown->substr(at + 9, shown->find_first_of(" \n", at + 9) - at - 9) + " ";
    }
    return tags;
  };
  // Any text without markup has the shape that all must have.
  const std::string want = shape_of("x");
  CHECK(want.find("script") == std::string::npos);
  std::string all;
  for (const std::string& text : breaking_texts()) {
    if (text.find("\u05e9") == std::string::npos && text.find("\u4e2d") == std::string::npos &&
        text.find('\xff') == std::string::npos) {
      all += text;
    }
  }
  CHECK(shape_of(all) == want);
}

TEST_CASE("a page asks nobody for anything") {
  const std::string page = page_of([](Writer& writer) { write_all_parts(writer, "x"); });
  CHECK(page.find("default-src 'none'") != std::string::npos);
  for (const char* bad :
       {"<script", "http:", "https:", "url(", "@import", "<link", "<iframe", " src="}) {
    CAPTURE(bad);
    CHECK(page.find(bad) == std::string::npos);
  }
}

TEST_CASE("a reference leads to the row that it names, a footnote there and back") {
  const std::string page = page_of([](Writer& writer) { write_all_parts(writer, "x"); });
  CHECK(page.find("<a href=\"#row-1\">") != std::string::npos);
  CHECK(page.find("<tr id=\"row-1\">") != std::string::npos);
  CHECK(page.find("href=\"#note-1\"") != std::string::npos);
  CHECK(page.find("<li id=\"note-1\">") != std::string::npos);
}

TEST_CASE("a chart in a page has its numbers as text, and says in words what it shows") {
  const std::string page = page_of([](Writer& writer) {
    writer.add(TimeChart{"Events", {"good", "bad"}, {{"May", {1200, 1}}, {"June", {0, 12}}}});
    writer.finish();
  });
  CHECK(page.find("aria-label=\"Events, May to June: 1,200 good, 13 bad; most in May, 1,201\"") !=
        std::string::npos);
  CHECK(page.find("<td class=\"n\">1,200</td>") != std::string::npos);
}
