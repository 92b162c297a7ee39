#include "document/pdf_font.hpp"

#include <audit/error.hpp>

#include <memory>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "document/haru.hpp"

using namespace audit;
using document::PdfFont;

namespace {

constexpr double kSize = 1000;  // widths in thousandths of an em

struct FreeDoc {
  void operator()(HPDF_Doc_Rec* doc) const noexcept { document::haru().Free(doc); }
};

// DejaVu Sans in a document of its own.
struct Fixture {
  Fixture() : doc(document::haru().New(nullptr, nullptr)) {
    document::haru().UseUTFEncodings(doc.get());
  }

  std::unique_ptr<HPDF_Doc_Rec, FreeDoc> doc;
  PdfFont font{doc.get(), "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"};
  std::string scratch;

  std::string showable(std::string_view text) { return std::string(font.showable(text, scratch)); }

  std::string fit(std::string_view text, double points) {
    return std::string(font.fit(text, points, kSize, scratch));
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "widths are those of the font file") {
  // Read from the file's hmtx and cmap tables with a few lines of Python, in thousandths of an em.
  CHECK(font.width(" ", kSize) == doctest::Approx(317.87).epsilon(0.004));
  CHECK(font.width("i", kSize) == doctest::Approx(277.83).epsilon(0.004));
  CHECK(font.width("M", kSize) == doctest::Approx(862.79).epsilon(0.004));
  CHECK(font.width("\u00e9", kSize) == doctest::Approx(615.23).epsilon(0.004));
  CHECK(font.width("\u0416", kSize) == doctest::Approx(1077.15).epsilon(0.004));
  CHECK(font.width("\u2026", kSize) == 1000);
  CHECK(font.width("e\u0301", kSize) == font.width("e", kSize));
  CHECK(font.width("iM", 10) == doctest::Approx(11.406).epsilon(0.004));
  CHECK(font.width("", kSize) == 0);
}

TEST_CASE_FIXTURE(Fixture, "a cut text with its ellipsis is never wider than its room") {
  const std::string text = "iiiiMMMM \u0416\u0416e\u0301e\u0301 and the rest of it";
  for (double room = 1000; room < 14'000; room += 7) {
    const std::string cut = fit(text, room);
    CAPTURE(room);
    REQUIRE(font.width(cut, kSize) <= room);
    if (cut == text) continue;
    REQUIRE(cut.ends_with("\u2026"));
    REQUIRE(text.starts_with(cut.substr(0, cut.size() - 3)));
    // Nothing wider than the widest character here and two spaces was given away.
    REQUIRE(font.width(cut, kSize) > room - 1077 - 2 * 318);
  }
  CHECK(fit(text, font.width(text, kSize)) == text);
  CHECK(fit("short", 1e6) == "short");
}

TEST_CASE_FIXTURE(Fixture, "lines are broken at spaces, and only then inside words") {
  const auto wrapped = [&](std::string_view text, double points, std::size_t max_lines) {
    return font.wrap(text, points, kSize, max_lines);
  };
  const double room = font.width("aaaa bbbb", kSize);
  CHECK(wrapped("aaaa bbbb cccc", room, 9) == std::vector<std::string>{"aaaa bbbb", "cccc"});
  CHECK(wrapped("aaaa  bbbb   cccc", room, 9) ==
        std::vector<std::string>{"aaaa ", "bbbb  ", "cccc"});
  CHECK(wrapped("", room, 9) == std::vector<std::string>{""});
  CHECK(wrapped("one", room, 9) == std::vector<std::string>{"one"});
  const auto broken = wrapped(std::string(25, 'a'), font.width(std::string(10, 'a'), kSize), 9);
  CHECK(broken == std::vector<std::string>{std::string(10, 'a'), std::string(10, 'a'), "aaaaa"});
  const auto cut = wrapped("aaaa bbbb cccc dddd eeee ffff", room, 2);
  REQUIRE(cut.size() == 2);
  CHECK(cut[1].ends_with("\u2026"));
  // A room narrower than any character still comes to an end.
  CHECK(wrapped("MMM", 10, 3).size() == 3);
}

TEST_CASE_FIXTURE(Fixture, "what the font cannot show is spelt out, what it can stays") {
  CHECK(showable("plain") == "plain");
  CHECK(showable("Gr\u00fc\u00dfe \u0416 \u03bb \u2014") == "Gr\u00fc\u00dfe \u0416 \u03bb \u2014");
  CHECK(showable("\u4f60") == "\\u{4F60}");
  CHECK(showable("\U0001f600") == "\\u{1F600}");
  CHECK(showable("\u202e\x1b\n") == "\\u202e\\x1b\\n");
  CHECK(showable("\xff") == "\\xff");
  CHECK(showable("e\u0301\u0302\u0303\u0304") == "e\u0301\u0302\\u{303}\\u{304}");
}

TEST_CASE_FIXTURE(Fixture, "text within Windows-1252 takes one byte a character") {
  std::string bytes;
  const HPDF_Font narrow = font.encode("abc", bytes);
  CHECK(bytes == "abc");
  CHECK(font.encode("\u00fc\u2026\u20ac\u2014\u00ff", bytes) == narrow);
  CHECK(bytes == "\xfc\x85\x80\x97\xff");  // the code page's own table
  CHECK(font.encode("a\u0416", bytes) != narrow);
  CHECK(bytes == "a\u0416");
}
