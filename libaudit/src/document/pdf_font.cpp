#include "document/pdf_font.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "document/haru.hpp"

namespace audit::document {
namespace {

constexpr std::size_t kBmpSize = 0x10000;
constexpr unsigned char kAscii = 0x80;
constexpr std::size_t kMaxMarks = 2;
constexpr std::string_view kEllipsis = "\u2026";

// Without a way out in between: most texts are, and this is done many bytes at a time.
bool is_printable_ascii(std::string_view text) {
  unsigned others = 0;
  for (const char c : text) others |= c < 0x20 || c > 0x7e ? 1U : 0U;
  return others == 0;
}

struct Character {
  char32_t code;
  std::size_t length;
};

//   requires  text is not empty and valid UTF-8
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  char32_t code = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) code = (code << 6) | (byte(i) & 0x3fU);
  return {code, length};
}

// Characters of Windows-1252 that are elsewhere in Unicode; those people write.
constexpr std::pair<char32_t, char> kMoved[] = {
    {0x20ac, '\x80'}, {0x2026, '\x85'}, {0x2018, '\x91'}, {0x2019, '\x92'}, {0x201c, '\x93'},
    {0x201d, '\x94'}, {0x2022, '\x95'}, {0x2013, '\x96'}, {0x2014, '\x97'},
};

// The byte of Windows-1252, or 0.
char narrow(char32_t code) {
  if (code < 0x7f || (code > 0xa0 && code <= 0xff)) return static_cast<char>(code);
  for (const auto& [moved, byte] : kMoved) {
    if (moved == code) return byte;
  }
  return 0;
}

}  // namespace

PdfFont::PdfFont(HPDF_Doc doc, const std::filesystem::path& file, PdfFallback* fallback)
    : doc_(doc), fallback_(fallback), advances_(kBmpSize, kUnknown) {
  name_ = haru().LoadTTFontFromFile(doc, file.c_str(), HPDF_TRUE);
  if (name_ != nullptr) narrow_ = haru().GetFont(doc, name_, "WinAnsiEncoding");
  if (narrow_ != nullptr) definition_ = haru().Doc_FindFontDef(doc, name_);
  if (definition_ == nullptr) {
    throw Error(ErrorCode::configuration,
                fmt::format("cannot load the font '{}' (libharu 0x{:04x})", file.string(),
                            haru().GetError(doc)),
                "apt-get install fonts-dejavu-core");
  }
}

std::int16_t PdfFont::look_up(char32_t code) const {
  const HPDF_UINT16 glyph =
      haru().TTFontDef_GetGlyphid(definition_, static_cast<HPDF_UINT16>(code));
  return glyph == 0 ? kMissing : haru().TTFontDef_GetGidWidth(definition_, glyph);
}

int PdfFont::own_advance(char32_t code) const {
  if (code >= kBmpSize) return kMissing;
  std::int16_t& known = advances_[code];
  if (known == kUnknown) known = look_up(code);
  return known;
}

int PdfFont::advance(char32_t code) const {
  const int own = own_advance(code);
  if (own != kMissing || fallback_ == nullptr || code >= kBmpSize) return own;
  const PdfFont* const other = fallback_->font_for(code);
  return other == nullptr ? kMissing : other->own_advance(code);
}

std::string_view PdfFont::showable(std::string_view text, std::string& scratch) const {
  if (is_printable_ascii(text)) return text;
  const std::string safe = base::escape_controls(text);
  scratch.clear();
  std::string_view rest = safe;
  std::size_t marks = 0;
  while (!rest.empty()) {
    const Character character = first_character(rest);
    const int advance_width = advance(character.code);
    marks = advance_width == 0 ? marks + 1 : 0;
    if (advance_width == kMissing || marks > kMaxMarks) {
      fmt::format_to(std::back_inserter(scratch), "\\u{{{:X}}}",
                     static_cast<std::uint32_t>(character.code));
    } else {
      scratch.append(rest.substr(0, character.length));
    }
    rest.remove_prefix(character.length);
  }
  return scratch;
}

double PdfFont::width(std::string_view text, double size) const {
  std::int64_t sum = 0;
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    if (byte < kAscii && advances_[byte] >= 0) {
      sum += advances_[byte];
      text.remove_prefix(1);
      continue;
    }
    const Character character = first_character(text);
    sum += advance(character.code);
    text.remove_prefix(character.length);
  }
  return static_cast<double>(sum) * size / 1000;
}

std::size_t PdfFont::prefix(std::string_view text, double points, double size) const {
  const auto room = static_cast<std::int64_t>(points * 1000 / size);
  std::int64_t sum = 0;
  std::size_t passed = 0;
  while (passed < text.size()) {
    const auto byte = static_cast<unsigned char>(text[passed]);
    std::size_t length = 1;
    if (byte < kAscii && advances_[byte] >= 0) {
      sum += advances_[byte];
    } else {
      const Character character = first_character(text.substr(passed));
      sum += advance(character.code);
      length = character.length;
    }
    if (sum > room) break;
    passed += length;
  }
  return passed;
}

std::string_view PdfFont::fit(std::string_view text, double points, double size,
                              std::string& scratch) const {
  if (prefix(text, points, size) == text.size()) return text;
  std::string_view kept = text.substr(0, prefix(text, points - width(kEllipsis, size), size));
  while (kept.ends_with(' ')) kept.remove_suffix(1);
  scratch.assign(kept);  // `text` may not lie in `scratch`
  scratch.append(kEllipsis);
  return scratch;
}

std::vector<std::string> PdfFont::wrap(std::string_view text, double points, double size,
                                       std::size_t max_lines, bool* is_cut) const {
  std::vector<std::string> lines;
  while (lines.size() + 1 < max_lines) {
    const std::size_t fitting = prefix(text, points, size);
    if (fitting == text.size()) {
      lines.emplace_back(text);
      return lines;
    }
    std::size_t end = text[fitting] == ' ' ? fitting : text.rfind(' ', fitting);
    if (end == std::string_view::npos || end == 0) {
      end = std::max(fitting, first_character(text).length);  // one word longer than a line
    }
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  std::string scratch;
  const std::string_view last = fit(text, points, size, scratch);
  if (is_cut != nullptr && last.data() != text.data()) *is_cut = true;
  lines.emplace_back(last);
  return lines;
}

PdfFont& PdfFont::face_of(char32_t code) {
  if (own_advance(code) != kMissing) return *this;
  PdfFont* const other = fallback_->font_for(code);
  return other == nullptr ? *this : *other;
}

PdfFont::Stretch PdfFont::first_stretch(std::string_view text) {
  if (fallback_ == nullptr || is_printable_ascii(text)) return {this, text.size()};
  const Character first = first_character(text);
  PdfFont& face = face_of(first.code);
  std::size_t length = first.length;
  while (length < text.size()) {
    const Character next = first_character(text.substr(length));
    if (&face_of(next.code) != &face) break;
    length += next.length;
  }
  return {&face, length};
}

HPDF_Font PdfFont::encode(std::string_view text, std::string& bytes) {
  bytes.assign(text);
  if (is_printable_ascii(text)) return narrow_;
  bytes.clear();
  std::string_view rest = text;
  while (!rest.empty()) {
    const Character character = first_character(rest);
    const char byte = narrow(character.code);
    if (byte == 0) {
      bytes.assign(text);
      if (wide_ == nullptr) wide_ = haru().GetFont(doc_, name_, "UTF-8");
      return wide_;
    }
    bytes.push_back(byte);
    rest.remove_prefix(character.length);
  }
  return narrow_;
}

PdfFallback::PdfFallback(HPDF_Doc doc, const std::vector<std::filesystem::path>& files)
    : doc_(doc) {
  for (const std::filesystem::path& file : files) faces_.push_back({file, false, nullptr});
}

PdfFont* PdfFallback::font_for(char32_t code) {
  for (Face& face : faces_) {
    if (!face.was_tried) {
      face.was_tried = true;
      std::error_code failed;
      if (std::filesystem::is_regular_file(face.file, failed)) {
        face.font = std::make_unique<PdfFont>(doc_, face.file);
      }
    }
    if (face.font && face.font->own_advance(code) != PdfFont::kMissing) return face.font.get();
  }
  return nullptr;
}

}  // namespace audit::document
