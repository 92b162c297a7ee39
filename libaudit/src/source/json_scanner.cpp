#include "source/json_scanner.hpp"

namespace audit::source {

namespace {

// Names that matter are shorter, also if every letter is an escape.
constexpr std::size_t kMaxKeyBytes = 6 * 32;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::string plain_key(std::string_view raw) {
  std::string out;
  if (raw.size() > kMaxKeyBytes) return out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      out.push_back(raw[i]);
      continue;
    }
    const bool is_ascii = raw.size() - i > 5 && raw[i + 1] == 'u' && raw[i + 2] == '0' &&
                          raw[i + 3] == '0' && hex_digit(raw[i + 4]) >= 0 &&
                          hex_digit(raw[i + 5]) >= 0;
    if (!is_ascii) return {};
    out.push_back(static_cast<char>(hex_digit(raw[i + 4]) * 16 + hex_digit(raw[i + 5])));
    i += 5;
  }
  return out;
}

}  // namespace audit::source
