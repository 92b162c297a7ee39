#include <array>

#include "base/json.hpp"

namespace audit::base {

namespace {

constexpr std::array<bool, 256> kLooksHarmless = [] {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0x20; byte < 256; ++byte) table[byte] = true;
  for (const char c : {'"', '\\', '<', '\x7f'}) table[static_cast<unsigned char>(c)] = false;
  // The first bytes, in UTF-8, of what may have to be escaped.
  for (const std::size_t byte : {0xc2U, 0xd8U, 0xe2U, 0xefU}) table[byte] = false;
  return table;
}();

// The character of two or three bytes at the front.
//   requires  well-formed UTF-8 that begins with one of the four bytes above
struct Character {
  unsigned code;
  std::size_t bytes;
};

Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return {byte(0), 1};
  if (byte(0) < 0xe0) return {(byte(0) & 0x1fU) << 6 | (byte(1) & 0x3fU), 2};
  return {(byte(0) & 0x0fU) << 12 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU), 3};
}

bool must_be_spelt(unsigned code) {
  const auto within = [code](unsigned first, unsigned last) {
    return code >= first && code <= last;
  };
  return code < 0x20 || code == '<' || within(0x7f, 0x9f) || code == 0x61c ||
         within(0x200b, 0x200f) || within(0x2028, 0x202e) || within(0x2060, 0x206f) ||
         code == 0xfeff || within(0xfff9, 0xfffb);
}

void append_spelt(std::string& out, unsigned code) {
  static constexpr char kHex[] = "0123456789abcdef";
  out.append("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kHex[code >> shift & 0xfU]);
}

}  // namespace

void append_visible_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  std::size_t plain = 0;  // what is not yet copied begins here
  for (std::size_t i = 0; i < text.size();) {
    if (kLooksHarmless[static_cast<unsigned char>(text[i])]) {
      ++i;
      continue;
    }
    const Character here = first_character(text.substr(i));
    const bool is_quoted = here.code == '"' || here.code == '\\';
    if (is_quoted || must_be_spelt(here.code)) {
      out.append(text.substr(plain, i - plain));
      plain = i + here.bytes;
      if (is_quoted) {
        out.push_back('\\');
        out.push_back(static_cast<char>(here.code));
      } else {
        append_spelt(out, here.code);
      }
    }
    i += here.bytes;
  }
  out.append(text.substr(plain)).push_back('"');
}

}  // namespace audit::base
