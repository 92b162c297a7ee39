#include "document/pdf.hpp"

#include <audit/error.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "pdf_tools.hpp"

using namespace audit;
using namespace audit::test;
using document::Align;
using document::Cell;
using document::Column;
using document::PdfWriter;

namespace {

std::string finished(PdfWriter& pdf) {
  std::string bytes;
  pdf.finish([&](std::string_view piece) { bytes.append(piece); });
  return bytes;
}

// A document with what `write` puts in it.
std::string pdf_of(const std::function<void(PdfWriter&)>& write) {
  PdfWriter pdf({.title = "Test", .footer = "the footer", .made = std::nullopt, .font_folder = {}});
  write(pdf);
  return finished(pdf);
}

std::string table_of(const std::vector<std::string>& texts) {
  return pdf_of([&](PdfWriter& pdf) {
    pdf.begin_table({{"Header", Align::left, ""}, {"N", Align::right, "12345"}});
    for (const std::string& text : texts) {
      pdf.row(std::array<Cell, 2>{Cell{text}, Cell{"7", true}});
    }
    pdf.end_table();
  });
}

// The error of a writer whose fonts are in `folder`.
Error font_error(const std::filesystem::path& folder) {
  try {
    PdfWriter pdf({.title = "", .footer = "", .made = std::nullopt, .font_folder = folder});
  } catch (const Error& error) {
    return error;
  }
  FAIL("a writer without fonts was made");
  return Error(ErrorCode::internal, "");
}

}  // namespace

TEST_CASE("every page of a long table has the header, a footer and its number") {
  const std::vector<std::string> texts(100, "row");
  const PdfFile file(table_of(texts));
  if (const auto text = file.text()) {
    const auto pages = occurrences(*text, "\f");  // one after each page
    CHECK(pages == 3);
    CHECK(occurrences(*text, "Header") == pages);
    CHECK(occurrences(*text, "the footer") == pages);
    CHECK(occurrences(*text, "row") == 100);
    CHECK(occurrences(*text, "page 1 of 3") == 1);
    CHECK(occurrences(*text, "page 2 of 3") == 1);
    CHECK(occurrences(*text, "page 3 of 3") == 1);
  }
  if (const auto info = file.run("pdfinfo", "")) {
    CHECK(info->find("Page size:       841.89 x 595.276 pts (A4)") != std::string::npos);
    CHECK(info->find("Title:           Test") != std::string::npos);
    CHECK(info->find("CreationDate") == std::string::npos);
  }
  (void)file.run("qpdf", "--check");
}

TEST_CASE("text of several scripts can be copied out of the document as it went in") {
  const PdfFile file(
      table_of({"plain ASCII (with) \\backslash", "Gr\u00fc\u00dfe \u2014 \u20ac5",
                "\u041f\u0440\u0438\u0432\u0435\u0442", "\u03ba\u03b1\u03bb\u03ae"}));
  if (const auto text = file.text()) {
    CHECK(text->find("plain ASCII (with) \\backslash") != std::string::npos);
    CHECK(text->find("Gr\u00fc\u00dfe \u2014 \u20ac5") != std::string::npos);
    CHECK(text->find("\u041f\u0440\u0438\u0432\u0435\u0442") != std::string::npos);
    CHECK(text->find("\u03ba\u03b1\u03bb\u03ae") != std::string::npos);
  }
}

TEST_CASE("all fonts of a document are embedded") {
  const PdfFile file(table_of({"a", "\u041f"}));
  if (const auto fonts = file.run("pdffonts", "")) {
    CHECK(occurrences(*fonts, "DejaVuSans") >= 3);
    // Columns emb, sub, uni: only the last may be no.
    CHECK(occurrences(*fonts, " yes yes no ") + occurrences(*fonts, " yes yes yes ") ==
          occurrences(*fonts, "DejaVuSans"));
  }
}

TEST_CASE("what cannot be shown or would mislead is spelt out in a document") {
  const PdfFile file(table_of({"bidi \u202etxt.exe", "esc \x1b[2J", "two\nlines",
                               "emoji \U0001f600!", "cjk \u4f60!", "bad \xff!",
                               std::string("nul \0!", 6), "marks e\u0301\u0301\u0301\u0301"}));
  if (const auto text = file.text()) {
    for (const char* shown :
         {"bidi \\u202etxt.exe", "esc \\x1b[2J", "two\\nlines", "emoji \\u{1F600}!",
          "cjk \\u{4F60}!", "bad \\xff!", "nul \\x00!", "\\u{301}\\u{301}"}) {
      CAPTURE(shown);
      CHECK(text->find(shown) != std::string::npos);
    }
  }
}

TEST_CASE("a text that does not fit its column ends in an ellipsis") {
  const std::string words = "begin " + std::string(5'000, 'w') + " end";
  const PdfFile file(table_of({words, std::string(70'000, 'x')}));
  if (const auto text = file.text()) {
    CHECK(text->find("begin www") != std::string::npos);
    CHECK(occurrences(*text, "w\u2026") == 1);
    CHECK(occurrences(*text, "x\u2026") == 1);
    CHECK(text->find("end") == std::string::npos);
    CHECK(occurrences(*text, "w") < 200);
  }
}

TEST_CASE("a value that is known late goes to the place that was kept for it") {
  const PdfFile file(pdf_of([](PdfWriter& pdf) {
    pdf.add(document::Heading{"Heading"});
    const auto places =
        pdf.add(document::KeyValues{{{"Known", "now"}, {"Late", ""}, {"End", "e"}}});
    REQUIRE(places.size() == 3);
    pdf.begin_table({{"T", Align::left, ""}});
    for (int i = 0; i < 100; ++i) pdf.row(std::array<Cell, 1>{Cell{"r"}});
    pdf.end_table();
    pdf.fill(places[1], "found at last");
  }));
  if (const auto text = file.text()) {
    const std::string first_page = text->substr(0, text->find('\f'));
    const auto line = first_page.find("Late");
    REQUIRE(line != std::string::npos);
    CHECK(first_page.substr(line, first_page.find('\n', line) - line).ends_with("found at last"));
  }
}

TEST_CASE("a long value is broken at spaces and cut after some lines") {
  std::string value;
  for (int i = 0; i < 400; ++i) value += "word" + std::to_string(i) + " ";
  const PdfFile file(pdf_of([&](PdfWriter& pdf) { pdf.add(document::KeyValues{{{"Q", value}}}); }));
  if (const auto text = file.text()) {
    CHECK(text->find("word0 word1 ") != std::string::npos);
    CHECK(text->find("word60") != std::string::npos);
    CHECK(text->find("word399") == std::string::npos);
    CHECK(text->find("\u2026") != std::string::npos);
    CHECK(occurrences(*text, "\n") < 20);
  }
}

TEST_CASE("equal input gives equal bytes") {
  const auto once = table_of({"a", "\u041f"});
  CHECK(once == table_of({"a", "\u041f"}));
  CHECK(once != table_of({"a", "\u0416"}));
}

TEST_CASE("a document says when it was made only if told, in UTC") {
  PdfWriter pdf({.title = "T\u00fcr \u202e\U0001f600",
                 .footer = "",
                 .made = from_nanoseconds(1'785'585'600'000'000'000),
                 .font_folder = {}});
  const PdfFile file(finished(pdf));
  if (const auto info = file.run("env", "TZ=UTC pdfinfo -enc UTF-8")) {
    CHECK(info->find("Sat Aug  1 12:00:00 2026 UTC") != std::string::npos);
    CHECK(info->find("Title:           T\u00fcr \\u202e\\u{1F600}") != std::string::npos);
  }
}

TEST_CASE("an empty document has one page") {
  const PdfFile file(pdf_of([](PdfWriter&) {}));
  if (const auto text = file.text()) CHECK(text->find("page 1 of 1") != std::string::npos);
}

TEST_CASE("more columns than a page has room for are refused") {
  const auto begin = [](std::size_t count, const std::string& sample) {
    (void)pdf_of([&](PdfWriter& pdf) {
      pdf.begin_table(std::vector<Column>(count, Column{"T", Align::left, sample}));
      pdf.row(std::vector<Cell>(count, Cell{"cell"}));
      pdf.end_table();
    });
  };
  CHECK_NOTHROW(begin(12, ""));
  CHECK_NOTHROW(begin(2, "narrow"));
  CHECK_THROWS_AS(begin(13, ""), Error);
  CHECK_NOTHROW(begin(10, "2026-08-01 12:00:00"));
  CHECK_THROWS_AS(begin(14, "2026-08-01 12:00:00.000"), Error);
}

TEST_CASE("a missing font is a matter of configuration, with what to install") {
  const Error error = font_error("/nowhere/at/all");
  CHECK(error.code() == ErrorCode::configuration);
  CHECK(error.message().find("/nowhere/at/all/DejaVuSans.ttf") != std::string::npos);
  CHECK(error.hint() == "apt-get install fonts-dejavu-core");
}

TEST_CASE("a font file that is no font is refused") {
  std::string folder = (std::filesystem::temp_directory_path() / "audit-font-XXXXXX").string();
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  std::ofstream(std::filesystem::path(folder) / "DejaVuSans.ttf") << "this is not a font at all";
  CHECK(font_error(folder).code() == ErrorCode::configuration);
  std::filesystem::remove_all(folder);
}
