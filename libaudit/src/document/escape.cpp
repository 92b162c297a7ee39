#include "document/escape.hpp"

#include <algorithm>
#include <cctype>

#include "base/text.hpp"

namespace audit::document {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

bool is_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// Means something wherever it stands.
bool is_markup(char c) {
  return std::string_view("\\`*_[]<>&|~$@#!^").find(c) != std::string_view::npos;
}

// Begins a block at the beginning of a line: a list, a rule, the line below a heading.
bool begins_block(char c) { return c == '+' || c == '-' || c == '='; }

// "1." and "1)" begin a list: where the number ends.
std::size_t end_of_number(std::string_view line) {
  const std::size_t end = std::min(line.find_first_not_of("0123456789"), line.size());
  return end > 0 && end < line.size() && (line[end] == '.' || line[end] == ')') ? end : line.size();
}

// A colon that makes a link (https://) or a picture (:smile:).
bool is_telling_colon(std::string_view rest) {
  return rest.size() > 1 &&
         (is_letter(rest[1]) || rest[1] == '/' || rest[1] == '+' || rest[1] == '-') &&
         std::isdigit(static_cast<unsigned char>(rest[1])) == 0;
}

bool ends_with_www(std::string_view text) {
  if (text.size() < 3) return false;
  return base::to_lower_ascii(text.substr(text.size() - 3)) == "www";
}

}  // namespace

std::string html_escape(std::string_view text) {
  const std::string safe = base::escape_controls(text);
  std::string out;
  out.reserve(safe.size() + safe.size() / 16);
  for (const char c : safe) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

std::string html_text(std::string_view text) {
  std::string escaped = html_escape(text);
  return is_ascii(escaped) ? escaped : "<bdi>" + escaped + "</bdi>";
}

std::string markdown_escape(std::string_view text) {
  const std::string safe = base::escape_controls(text);
  const std::string_view line = safe;
  const std::size_t number = end_of_number(line);
  std::string out;
  out.reserve(line.size() + line.size() / 4);
  std::size_t i = 0;
  for (; i < line.size() && line[i] == ' '; ++i)
    out += "&#32;";  // four would begin a block of code
  const std::size_t first = i;
  for (; i < line.size(); ++i) {
    const char c = line[i];
    const bool is_special = is_markup(c) || (i == first && begins_block(c)) || i == number ||
                            (c == ':' && is_telling_colon(line.substr(i))) ||
                            (c == '.' && ends_with_www(line.substr(0, i)));
    if (is_special) out.push_back('\\');
    out.push_back(c);
  }
  // One at the end would say that the next line belongs to this one.
  while (out.ends_with(' ')) out.replace(out.size() - 1, 1, "&#32;");
  return out;
}

std::string anchor_id(std::string_view anchor) {
  std::string id(anchor);
  std::replace_if(
      id.begin(), id.end(), [](char c) { return !is_letter(c); }, '-');
  return id;
}

}  // namespace audit::document
