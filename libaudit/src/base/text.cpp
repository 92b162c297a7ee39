#include "base/text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <utf8proc.h>

namespace audit::base {
namespace {

// One character at the front of a text; length 0 when the text does not begin with well-formed
// UTF-8.
struct Character {
  char32_t code = 0;
  std::size_t length = 0;
};

std::uint8_t byte_at(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

bool is_continuation(std::string_view text, std::size_t i) {
  return i < text.size() && (byte_at(text, i) & 0xc0) == 0x80;
}

//   requires  text is not empty
Character decode(std::string_view text) {
  const std::uint8_t lead = byte_at(text, 0);
  if (lead < 0x80) return {lead, 1};
  std::size_t length = 0;
  if (lead >= 0xc2 && lead <= 0xdf) length = 2;
  if (lead >= 0xe0 && lead <= 0xef) length = 3;
  if (lead >= 0xf0 && lead <= 0xf4) length = 4;
  if (length == 0) return {};
  char32_t code = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(text, i)) return {};
    code = (code << 6) | (byte_at(text, i) & 0x3fU);
  }
  constexpr char32_t kShortest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kShortest[length] || surrogate || code > 0x10ffff) return {};
  return {code, length};
}

// How many of the first bytes are ASCII, counted eight at a time.
std::size_t ascii_prefix(std::string_view text) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, sizeof word);
    if ((word & 0x8080808080808080U) != 0) break;
  }
  while (i < text.size() && byte_at(text, i) < 0x80) ++i;
  return i;
}

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

bool is_white_space(char32_t code) {
  return (code >= 0x09 && code <= 0x0d) || code == 0x20 || code == 0x85 || code == 0xa0 ||
         code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 ||
         code == 0x202f || code == 0x205f || code == 0x3000;
}

constexpr char32_t kTextSelector = 0xfe0e;
constexpr char32_t kEmojiSelector = 0xfe0f;

// Characters nobody sees though their category is not control, format or separator: fillers,
// variation selectors, code points reserved as ignorable, noncharacters. Ascending.
constexpr std::pair<char32_t, char32_t> kInvisible[] = {
    {0x034f, 0x034f}, {0x115f, 0x1160}, {0x17b4, 0x17b5},   {0x180b, 0x180f},
    {0x2065, 0x2065}, {0x3164, 0x3164}, {0xfdd0, 0xfdef},   {0xfe00, 0xfe0f},
    {0xffa0, 0xffa0}, {0xfff0, 0xfff8}, {0xe0000, 0xe0fff},
};

bool is_invisible(char32_t code) {
  if ((code & 0xfffe) == 0xfffe) return true;  // the two noncharacters of each plane
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code))) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return true;
    default:
      break;
  }
  return std::any_of(std::begin(kInvisible), std::end(kInvisible), [code](const auto& range) {
    return code >= range.first && code <= range.second;
  });
}

void append_escape(std::string& out, char32_t code) {
  const auto number = static_cast<std::uint32_t>(code);
  switch (code) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (code < 0x80) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", number);
  } else if (code < 0x10000) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", number);
  } else {
    fmt::format_to(std::back_inserter(out), "\\U{:08x}", number);
  }
}

// The grapheme at the front of a text: its bytes and its columns.
struct Grapheme {
  std::size_t length = 0;
  std::size_t width = 0;
};

std::size_t width_of(char32_t code) {
  const int width = utf8proc_charwidth(static_cast<utf8proc_int32_t>(code));
  return width > 0 ? static_cast<std::size_t>(width) : 0;
}

//   requires  text is not empty
Grapheme first_grapheme(std::string_view text) {
  constexpr std::size_t kWidest = 2;
  Character character = decode(text);
  if (character.length == 0) return {1, 1};  // a stray byte shows as one replacement character
  Grapheme grapheme{character.length, width_of(character.code)};
  utf8proc_int32_t state = 0;
  while (grapheme.length < text.size()) {
    const Character next = decode(text.substr(grapheme.length));
    if (next.length == 0 ||
        utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(character.code),
                                         static_cast<utf8proc_int32_t>(next.code), &state)) {
      break;
    }
    grapheme.length += next.length;
    grapheme.width += next.code == kEmojiSelector ? kWidest : width_of(next.code);
    character = next;
  }
  grapheme.width = std::min(grapheme.width, kWidest);
  return grapheme;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  while (true) {
    text.remove_prefix(ascii_prefix(text));
    if (text.empty()) return true;
    const Character character = decode(text);
    if (character.length == 0) return false;
    text.remove_prefix(character.length);
  }
}

std::string repair_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 8);
  while (!text.empty()) {
    const std::size_t length = decode(text).length;
    if (length == 0) {
      out.append("\xef\xbf\xbd");
    } else {
      out.append(text, 0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

bool has_white_space(std::string_view text) noexcept {
  while (!text.empty()) {
    const Character character = decode(text);
    if (character.length > 0 && is_white_space(character.code)) return true;
    text.remove_prefix(std::max<std::size_t>(character.length, 1));
  }
  return false;
}

std::string escape_controls(std::string_view text) {
  if (is_printable_ascii(text)) return std::string(text);
  std::string out;
  out.reserve(text.size() + 16);
  bool selectable = false;  // the character before was shown and is no selector itself
  while (!text.empty()) {
    const Character character = decode(text);
    if (character.length == 0) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte_at(text, 0));
      text.remove_prefix(1);
      selectable = false;
      continue;
    }
    const bool selector = character.code == kTextSelector || character.code == kEmojiSelector;
    const bool shown = selector ? selectable : !is_invisible(character.code);
    if (shown) {
      out.append(text.substr(0, character.length));
    } else {
      append_escape(out, character.code);
    }
    selectable = shown && !selector && character.code != ' ';
    text.remove_prefix(character.length);
  }
  return out;
}

std::size_t display_width(std::string_view text) noexcept {
  if (is_printable_ascii(text)) return text.size();
  std::size_t width = 0;
  while (!text.empty()) {
    const Grapheme grapheme = first_grapheme(text);
    width += grapheme.width;
    text.remove_prefix(grapheme.length);
  }
  return width;
}

std::string truncate_to_width(std::string_view text, std::size_t width) {
  if (width == 0) return {};
  std::size_t used = 0;    // columns of the graphemes passed
  std::size_t passed = 0;  // their bytes
  std::size_t kept = 0;    // bytes that leave a column for the ellipsis
  while (passed < text.size()) {
    const Grapheme grapheme = first_grapheme(text.substr(passed));
    used += grapheme.width;
    if (used > width) return std::string(text.substr(0, kept)) + "\u2026";
    passed += grapheme.length;
    if (used < width) kept = passed;
  }
  return std::string(text);
}

std::size_t prefix_of_width(std::string_view text, std::size_t width) noexcept {
  std::size_t used = 0;
  std::size_t passed = 0;
  while (passed < text.size()) {
    const Grapheme grapheme = first_grapheme(text.substr(passed));
    used += grapheme.width;
    if (used > width) break;
    passed += grapheme.length;
  }
  return passed;
}

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  const std::size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference > limit) return limit + 1;
  // Optimal string alignment: three rows of the usual table.
  std::vector<std::size_t> two_above(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(two_above, above);
    std::swap(above, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], two_above[j - 2] + 1);
    }
  }
  return std::min(row[b.size()], limit + 1);
}

std::string to_lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace audit::base
