#include "ui/wrap.hpp"

#include <audit/text.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "ui/terminal.hpp"

namespace audit::cli {

namespace {

constexpr std::size_t kWidest = 80;
constexpr std::size_t kNarrowest = 40;
constexpr std::size_t kNowhere = SIZE_MAX;

// Where the lines after the first begin: below the last column, what follows two blanks, or a
// little further in than the line itself.
std::size_t hanging_indent(std::string_view line, std::size_t width) {
  const std::size_t first = std::min(line.find_first_not_of(' '), line.size());
  const std::size_t gap = line.rfind("  ");
  const std::size_t column = gap == std::string_view::npos ? 0 : gap + 2;
  return column > first && column <= width / 2 ? column : std::min(first + 4, width / 2);
}

// Appends a line of plain ASCII, broken at blanks.
void append_broken(std::string& out, std::string_view line, std::size_t width) {
  const std::size_t hanging = hanging_indent(line, width);
  std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
  out.append(line.substr(0, indent));
  line.remove_prefix(indent);
  while (indent + line.size() > width) {
    std::size_t blank = line.rfind(' ', width - indent);
    if (blank == std::string_view::npos) blank = line.find(' ');
    if (blank == std::string_view::npos) break;
    const std::string_view piece = line.substr(0, blank);
    out.append(piece.substr(0, piece.find_last_not_of(' ') + 1));
    out += fmt::format("\n{:{}}", "", hanging);
    line.remove_prefix(std::min(line.find_first_not_of(' ', blank), line.size()));
    indent = hanging;
  }
  out.append(line);
}

}  // namespace

std::size_t wrap_width(const Output& out) {
  return out.is_terminal() ? std::clamp(out.columns(), kNarrowest, kWidest) : kNowhere;
}

std::string wrap(std::string_view text, std::size_t indent, std::size_t width) {
  std::string out;
  std::size_t column = indent;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find(' ', start), text.size());
    const std::string_view word = text.substr(start, end - start);
    const std::size_t wide = display_width(word);
    if (column > indent && column + 1 + wide > width) {
      out += fmt::format("\n{:{}}", "", indent);
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += wide;
    start = end + 1;
  }
  return out;
}

std::string wrap_lines(std::string_view text, std::size_t width) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    append_broken(out, text.substr(0, end), width);
    if (end < text.size()) out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace audit::cli
