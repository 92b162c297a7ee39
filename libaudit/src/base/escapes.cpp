#include "base/escapes.hpp"

#include <algorithm>

namespace audit::base {

namespace {

struct Decoded {
  char text[4];
  std::uint8_t text_size = 0;  // 0: no escape after all
  std::uint8_t written_size = 0;
};

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The four digits behind \u; -1 if there are none.
int code_unit(std::string_view written) {
  if (written.size() < 6 || written[0] != '\\' || written[1] != 'u') return -1;
  int unit = 0;
  for (std::size_t i = 2; i < 6; ++i) {
    const int digit = hex_value(written[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

Decoded encode(std::uint32_t code, std::uint8_t written_size) {
  Decoded decoded{};
  decoded.written_size = written_size;
  const auto put = [&decoded](std::uint32_t byte) {
    decoded.text[decoded.text_size++] = static_cast<char>(byte);
  };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else {
    if (code < 0x10000) {
      put(0xe0 | code >> 12);
    } else {
      put(0xf0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3f));
    }
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
  return decoded;
}

Decoded decode_unicode(std::string_view written) {
  const int unit = code_unit(written);
  if (unit < 0) return {};
  if (unit < 0xd800 || unit > 0xdfff) return encode(static_cast<std::uint32_t>(unit), 6);
  const int low = unit < 0xdc00 ? code_unit(written.substr(6)) : -1;
  if (low < 0xdc00 || low > 0xdfff) return encode(0xfffd, 6);
  return encode(0x10000 + (static_cast<std::uint32_t>(unit - 0xd800) << 10) +
                    static_cast<std::uint32_t>(low - 0xdc00),
                12);
}

// What stands at the beginning of `written`, which is a backslash.
Decoded decode(std::string_view written) {
  if (written.size() < 2) return {};
  switch (written[1]) {
    case '"':
    case '\\':
    case '/':
      return encode(static_cast<unsigned char>(written[1]), 2);
    case 'b':
      return encode('\b', 2);
    case 'f':
      return encode('\f', 2);
    case 'n':
      return encode('\n', 2);
    case 'r':
      return encode('\r', 2);
    case 't':
      return encode('\t', 2);
    case 'u':
      return decode_unicode(written);
    default:
      return {};
  }
}

}  // namespace

// False if nothing is escaped.
bool Escapes::Level::read(std::string_view written, bool with_places) {
  text.clear();
  escapes.clear();
  bool any = false;
  for (std::size_t at = 0; at < written.size();) {
    const std::size_t next = std::min(written.find('\\', at), written.size());
    text.append(written.substr(at, next - at));
    at = next;
    if (at == written.size()) break;
    const Decoded decoded = decode(written.substr(at));
    if (decoded.text_size == 0) {
      text.push_back(written[at++]);
      continue;
    }
    any = true;
    if (with_places) {
      escapes.push_back({static_cast<std::uint32_t>(text.size()), static_cast<std::uint32_t>(at),
                         decoded.text_size, decoded.written_size});
    }
    text.append(decoded.text, decoded.text_size);
    at += decoded.written_size;
  }
  return any;
}

// The last escape that begins at a byte of the text or before it; null if there is none.
const Escapes::Escape* Escapes::Level::before(std::size_t at) const {
  const auto behind =
      std::upper_bound(escapes.begin(), escapes.end(), at,
                       [](std::size_t place, const Escape& escape) { return place < escape.text; });
  return behind == escapes.begin() ? nullptr : &*(behind - 1);
}

// Of a byte of the text, where it begins as written, or ends.
std::size_t Escapes::Level::place_of(std::size_t at, bool is_end) const {
  const Escape* escape = before(at);
  if (escape == nullptr) return at + is_end;
  if (at < escape->text + std::size_t{escape->text_size}) {
    return escape->written + std::size_t{is_end ? escape->written_size : std::uint8_t{0}};
  }
  return escape->written + escape->written_size + (at - escape->text - escape->text_size) + is_end;
}

std::size_t Escapes::read(std::string_view written, bool with_places) {
  std::string_view text = written;
  std::size_t count = 0;
  while (count < kMaxLevels && text.find('\\') != std::string_view::npos) {
    if (!levels_[count].read(text, with_places)) break;
    text = levels_[count++].text;
  }
  return count;
}

}  // namespace audit::base
