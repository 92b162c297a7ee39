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
using document::About;
using document::Align;
using document::Cell;
using document::Column;
using document::PdfOptions;
using document::PdfWriter;

namespace {

// A document with what `write` puts in it.
std::string pdf_of(const std::function<void(PdfWriter&)>& write, const About& about = {},
                   const PdfOptions& options = {}) {
  std::string bytes;
  PdfWriter pdf(about, options, [&](std::string_view piece) { bytes.append(piece); });
  write(pdf);
  pdf.finish();
  return bytes;
}

About some_about() {
  About about;
  about.title = "Test";
  about.footer = "the footer";
  return about;
}

std::string table_of(const std::vector<std::string>& texts, const PdfOptions& options = {}) {
  return pdf_of(
      [&](PdfWriter& pdf) {
        pdf.begin_table({{{"Header", Align::left, ""}, {"N", Align::right, "12345"}}});
        for (const std::string& text : texts) {
          pdf.row(std::array<Cell, 2>{Cell{text}, Cell{.text = "7", .strong = true}});
        }
        pdf.end_table();
      },
      some_about(), options);
}

// The error of a writer whose fonts are in `folder`.
Error font_error(const std::filesystem::path& folder) {
  try {
    PdfWriter pdf({}, {.font_folder = folder}, {});
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
                               "emoji \U0001f600!", "hieroglyph \U00013000!", "bad \xff!",
                               std::string("nul \0!", 6), "marks e\u0301\u0301\u0301\u0301"}));
  if (const auto text = file.text()) {
    for (const char* shown :
         {"bidi \\u202etxt.exe", "esc \\x1b[2J", "two\\nlines", "emoji \\u{1F600}!",
          "hieroglyph \\u{13000}!", "bad \\xff!", "nul \\x00!", "\\u{301}\\u{301}"}) {
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
  About about;
  about.title = "T\u00fcr \u202e\U0001f600";
  const PdfFile file(
      pdf_of([](PdfWriter&) {}, about, {.made = from_nanoseconds(1'785'585'600'000'000'000)}));
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
      pdf.begin_table({std::vector<Column>(count, Column{"T", Align::left, sample})});
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

TEST_CASE("what DejaVu lacks is taken from fallbacks, or spelt out where there is none") {
  const PdfFile without(
      table_of({"a \u4e2d\u6587 b"}, {.fallback_fonts = {"/nowhere/at/all.ttf"}}));
  if (const auto shown = without.text()) {
    CHECK(shown->find("a \\u{4E2D}\\u{6587} b") != std::string::npos);
  }

  struct Script {
    const char* file;
    const char* package;
    const char* text;
  };

  for (const Script& script : {
           Script{"/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
                  "fonts-droid-fallback", "a \u4e2d\u6587 b \u65e5\u672c\u8a9e \u30ab c"},
           Script{"/usr/share/fonts/truetype/nanum/NanumGothic.ttf", "fonts-nanum",
                  "a \ud55c\uad6d\uc5b4 b"},
           Script{"/usr/share/fonts/truetype/freefont/FreeSerif.ttf", "fonts-freefont-ttf",
                  "a \u0e44\u0e17\u0e22 b"},
       }) {
    if (!std::filesystem::exists(script.file)) {
      MESSAGE("SKIPPED: " << script.package << " is not installed");
      continue;
    }
    const PdfFile file(table_of({script.text}, {.fallback_fonts = {"/nowhere.ttf", script.file}}));
    CAPTURE(script.text);
    if (const auto shown = file.run("pdftotext", "-enc UTF-8", "-")) {
      CHECK(shown->find(script.text) != std::string::npos);
    }
    if (const auto fonts = file.run("pdffonts", "")) CHECK(occurrences(*fonts, "yes yes") >= 3);
  }
}

TEST_CASE("right-to-left text stands as its readers read it, and no character is lost") {
  const std::string hebrew = "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd";
  const std::string arabic = "\u0645\u0631\u062d\u0628\u0627";
  const PdfFile file(table_of({"say " + hebrew + " now", arabic}));
  const auto text = file.run("pdftotext", "-enc UTF-8", "-");
  if (!text) return;
  // poppler turns what stands from right to left back into the order in which it is written.
  CHECK(text->find(hebrew) != std::string::npos);
  CHECK(text->find(arabic) != std::string::npos);
  CHECK(text->find("say ") < text->find(" now"));
}

TEST_CASE("a long cell is broken into its lines, then cut, and says where the rest is") {
  std::string words;
  for (int i = 0; i < 500; ++i) words += "word" + std::to_string(i) + " ";
  const auto table = [&](std::size_t max_lines) {
    return pdf_of([&](PdfWriter& pdf) {
      pdf.begin_table({{{"T", Align::left, "", max_lines}, {"N", Align::right, "1"}}});
      pdf.row(std::array<Cell, 2>{Cell{.text = words, .if_cut = "rest in 17"}, Cell{"1"}});
      pdf.row(std::array<Cell, 2>{Cell{.text = "short", .if_cut = "rest in 18"}, Cell{"2"}});
      pdf.end_table();
    });
  };
  const PdfFile file(table(3));
  if (const auto text = file.text()) {
    CHECK(text->find("word40 ") != std::string::npos);
    CHECK(occurrences(*text, "\u2026") == 1);
    CHECK(text->find("rest in 17") != std::string::npos);
    CHECK(text->find("rest in 18") == std::string::npos);
  }
  const PdfFile whole(table(200));
  if (const auto text = whole.text()) {
    CHECK(text->find("word499") != std::string::npos);
    CHECK(text->find("rest in") == std::string::npos);
  }
}

TEST_CASE("references lead to their rows, bookmarks to their headings") {
  const PdfFile file(pdf_of([](PdfWriter& pdf) {
    pdf.add(document::Heading{"Chapter \u4e00", 1});
    pdf.begin_table({{{"Forward", Align::left, ""}}});
    pdf.row(std::array<Cell, 1>{Cell{.text = "see 90", .target = "row-90"}});
    pdf.row(std::array<Cell, 1>{Cell{.text = "see nothing", .target = "row-1000"}});
    pdf.end_table();
    pdf.begin_table({{{"All", Align::left, ""}}});
    for (int i = 0; i < 100; ++i) {
      pdf.row(std::array<Cell, 1>{Cell{"x"}}, "row-" + std::to_string(i));
    }
    pdf.end_table();
    pdf.add(document::Paragraph(std::vector<document::Run>{
        {"back to "}, {"row 3", document::Run::Kind::reference, "row-3"}}));
  }));
  if (const auto json = file.run("qpdf", "--json=1")) {
    CHECK(occurrences(*json, "\"/Link\"") == 2);  // not one to a row that is not there
    CHECK(json->find("\"/Outlines\"") != std::string::npos);
  }
  (void)file.run("qpdf", "--check");
}

TEST_CASE("every part of a document can be read back") {
  const PdfFile file(pdf_of([](PdfWriter& pdf) {
    pdf.add(document::Title{"The title", "An organisation", "below it"});
    pdf.add(document::Heading{"A heading", 2});
    pdf.add(document::Paragraph(
        std::vector<document::Run>{{"plain and "},
                                   {"strong", document::Run::Kind::strong},
                                   {" and "},
                                   {"code()", document::Run::Kind::code},
                                   {" noted"},
                                   {"what was noted", document::Run::Kind::footnote}}));
    pdf.add(document::Figures{{{"events", "1,234"}, {"failed", "7", document::Tone::bad}}});
    pdf.add(document::Callout{"Beware", {{"of this"}}, document::Tone::caution});
    pdf.add(document::Code{"line one\n  line two\n"});
    pdf.add(document::Tree{{{0, "Article 12", "met", document::Tone::good},
                            {1, "paragraph 1", "missing", document::Tone::bad}}});
    pdf.add(
        document::TimeChart{"Over time", {"good", "bad"}, {{"May", {30, 1}}, {"June", {0, 12}}}});
    pdf.add(document::BarCharts{{{"By kind", {{"llm.call", 75}, {"error", 25}}}, {"Empty", {}}}});
  }));
  const auto text = file.run("pdftotext", "-enc UTF-8", "-");
  if (!text) return;
  for (const char* part : {"The title",   "An organisation",
                           "below it",    "A heading",
                           "strong",      "code()",
                           "[1]",         "[1] what was noted",
                           "1,234",       "events",
                           "Beware",      "of this",
                           "line one",    "line two",
                           "Article 12",  "met",
                           "paragraph 1", "missing",
                           "Over time",   "good 30",
                           "bad 13",      "June",
                           "31",          "llm.call",
                           "75 75.0 %",   "none"}) {
    CAPTURE(part);
    CHECK(text->find(part) != std::string::npos);
  }
}

TEST_CASE("parts that are larger than a page end on another, and none is lost") {
  const PdfFile file(pdf_of([](PdfWriter& pdf) {
    std::string words;
    for (int i = 0; i < 3000; ++i) words += "word" + std::to_string(i) + " ";
    pdf.add(document::Paragraph(words));
    pdf.add(document::Callout{"Long", {{words}}, document::Tone::plain});
    std::string lines;
    for (int i = 0; i < 150; ++i) lines += "line " + std::to_string(i) + "\n";
    pdf.add(document::Code{lines});
    document::Tree tree;
    for (std::size_t i = 0; i < 200; ++i) tree.items.push_back({i, "item " + std::to_string(i)});
    pdf.add(tree);
    document::BarChart chart{"Bars", {}};
    for (int i = 0; i < 100; ++i) chart.bars.push_back({"bar" + std::to_string(i), 1});
    pdf.add(document::BarCharts{{chart}});
  }));
  const auto text = file.run("pdftotext", "-enc UTF-8", "-");
  if (!text) return;
  CHECK(occurrences(*text, "word2999") == 2);
  CHECK(text->find("line 149") != std::string::npos);
  CHECK(text->find("item 199") != std::string::npos);
  CHECK(text->find("bar99") != std::string::npos);
}
