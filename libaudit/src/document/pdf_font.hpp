// document/pdf_font.hpp - a typeface of a PDF: what it can show, how wide that is, where to break
// it.
//
// libharu draws a box for a character the font lacks, drops what is not UTF-8 and what is beyond
// the BMP, all without an error: nothing may reach it that showable() has not been over.
// There is no shaping: Arabic letters stand in their isolated form.
//
// A typeface is two PDF fonts over one embedded file: texts within Windows-1252 go out one byte a
// character, others four hexadecimal digits. Most text is of the first kind, and pages are written
// three times as fast for it. What a typeface lacks, Chinese say, is taken from a fallback.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <hpdf.h>

namespace audit::document {

class PdfFallback;

class PdfFont {
 public:
  // The beginning of a text that one typeface shows.
  struct Stretch {
    PdfFont* font;
    std::size_t length;
  };

  // Loads and embeds the part of a TrueType file that is used. `doc` outlives this object and is
  // set up for UTF-8.
  //   fallback  asked for what this one lacks; may be null; outlives this object
  //   throws    configuration when the file is missing or no font
  PdfFont(HPDF_Doc doc, const std::filesystem::path& file, PdfFallback* fallback = nullptr);

  // `text` with everything that cannot be shown spelt out: controls, bidi and bytes that are not
  // UTF-8 as base::escape_controls does, a character the font lacks as \u{1F600}, and so is the
  // third and each further mark on one character. The result is valid UTF-8.
  //   returns   `text` itself or what was written to `scratch`
  [[nodiscard]] std::string_view showable(std::string_view text, std::string& scratch) const;

  // The width in points.  requires showable text
  [[nodiscard]] double width(std::string_view text, double size) const;

  // The text if it is at most `points` wide, else its beginning and an ellipsis, in `scratch`.
  //   requires  showable text
  [[nodiscard]] std::string_view fit(std::string_view text, double points, double size,
                                     std::string& scratch) const;

  // Lines of at most `points`, broken at spaces where there are any; what is beyond the last line
  // ends in an ellipsis. An empty text is one empty line.
  //   requires  showable text, max_lines > 0
  //   is_cut    set if something is beyond the last line, else left alone; may be null
  [[nodiscard]] std::vector<std::string> wrap(std::string_view text, double points, double size,
                                              std::size_t max_lines, bool* is_cut = nullptr) const;

  // The longest beginning of `text` that is shown by one typeface: this one or the fallback.
  //   requires  showable text, not empty
  [[nodiscard]] Stretch first_stretch(std::string_view text);

  // The font to select and, in `bytes`, what to hand to HPDF_Page_ShowText then. Null, with
  // libharu's handler told, when out of memory.
  //   requires  showable text of one typeface: this one
  [[nodiscard]] HPDF_Font encode(std::string_view text, std::string& bytes);

 private:
  friend class PdfFallback;

  static constexpr std::int16_t kUnknown = -2;
  static constexpr std::int16_t kMissing = -1;

  // Thousandths of the font size, or kMissing; of this typeface alone, and with its fallback.
  [[nodiscard]] int own_advance(char32_t code) const;
  [[nodiscard]] int advance(char32_t code) const;
  // The typeface that shows it.  requires there is a fallback, and one of them shows it
  [[nodiscard]] PdfFont& face_of(char32_t code);
  [[nodiscard]] std::int16_t look_up(char32_t code) const;
  // The bytes of `text` that fit into `points`.
  [[nodiscard]] std::size_t prefix(std::string_view text, double points, double size) const;

  HPDF_Doc doc_;
  PdfFallback* fallback_;
  const char* name_ = nullptr;  // libharu's
  HPDF_Font narrow_ = nullptr;  // Windows-1252
  HPDF_Font wide_ = nullptr;    // the BMP; made when first needed, it costs 100 KB
  HPDF_FontDef definition_ = nullptr;
  mutable std::vector<std::int16_t> advances_;  // by code point of the BMP, filled as needed
};

// Typefaces for what others lack, in the order in which they are asked. Each is loaded when it first
// is; a file that is not there is none.
class PdfFallback {
 public:
  PdfFallback(HPDF_Doc doc, const std::vector<std::filesystem::path>& files);

  // The first that has the character; null if none has.
  [[nodiscard]] PdfFont* font_for(char32_t code);

 private:
  struct Face {
    std::filesystem::path file;
    bool was_tried = false;
    std::unique_ptr<PdfFont> font;
  };

  HPDF_Doc doc_;
  std::vector<Face> faces_;
};

}  // namespace audit::document
