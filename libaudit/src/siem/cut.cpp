#include "siem/cut.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"

namespace audit::siem {

namespace {

constexpr std::size_t kRoomForAll = 256;
constexpr std::size_t kFewDigits = 16;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

bool is_plain(char c) { return c >= 0x20 && c < 0x7f; }

bool is_break(char c) { return c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

std::string_view cut(std::string_view text, std::size_t limit, std::string_view original,
                     std::string& scratch) {
  if (limit == 0 || text.size() <= limit) return text;
  std::string mark = "\u2026[sha256:" + to_hex(crypto::sha256(original));
  if (limit < kRoomForAll) mark.resize(mark.size() - 2 * Digest::kSize + kFewDigits);
  mark.push_back(']');
  std::size_t end = limit - mark.size();
  while (end > 0 && is_continuation(text[end])) --end;
  std::string whole(text.substr(0, end));  // `text` may be a view of `scratch`
  scratch = whole + mark;
  return scratch;
}

std::string_view visible(std::string_view text, LineBreaks line_breaks, std::string& scratch) {
  if (std::all_of(text.begin(), text.end(), is_plain)) return text;
  if (line_breaks == LineBreaks::spelt_out) {
    scratch = base::escape_controls(text);
    return scratch;
  }
  std::string out;
  while (!text.empty()) {
    const bool breaks = is_break(text.front());
    const auto* const end =
        std::find_if(text.begin(), text.end(), [&](char c) { return is_break(c) != breaks; });
    const auto size = static_cast<std::size_t>(end - text.begin());
    out += breaks ? std::string(text.substr(0, size)) : base::escape_controls(text.substr(0, size));
    text.remove_prefix(size);
  }
  scratch = std::move(out);
  return scratch;
}

void append_json_text(std::string& out, std::string_view text) {
  if (base::is_utf8(text)) {
    base::append_visible_json_string(out, text);
  } else {
    base::append_json_string(out, text);
  }
}

}  // namespace audit::siem
