#include "ui/table.hpp"

#include <audit/text.hpp>

#include <algorithm>

namespace audit::cli {

namespace {

constexpr std::size_t kGap = 2;

}  // namespace

Table::Table(std::vector<Column> columns, std::optional<std::size_t> width, Style style)
    : columns_(std::move(columns)), width_(width), style_(style), widths_(columns_.size()) {}

void Table::fit(std::span<const Row> rows) {
  std::size_t grower = columns_.size();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t natural = 0;
    for (const Row& row : rows) natural = std::max(natural, display_width(row[i].text));
    widths_[i] = std::min(natural, columns_[i].widest);
    if (!columns_[i].grows) continue;
    grower = i;
    least_ = std::min(natural, columns_[i].least);
  }
  if (!width_ || grower == columns_.size()) return;
  widths_[grower] = 0;
  drop_until_it_fits(grower);
  while (room_left() == 0 && *std::ranges::max_element(widths_) > 1) {
    --*std::ranges::max_element(widths_);
  }
  widths_[grower] = std::max<std::size_t>(room_left(), 1);
}

std::size_t Table::room_left() const {
  std::size_t taken = 0;
  for (const std::size_t width : widths_) taken += width == 0 ? 0 : width + kGap;
  return *width_ > taken ? *width_ - taken : 0;
}

void Table::drop_until_it_fits(std::size_t grower) {
  while (room_left() < least_) {
    std::size_t victim = grower;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (widths_[i] > 0 && columns_[i].expendable > columns_[victim].expendable) victim = i;
    }
    if (victim == grower) return;
    widths_[victim] = 0;
  }
}

std::size_t Table::start_of(std::size_t index) const {
  std::size_t start = 0;
  for (std::size_t i = 0; i < index; ++i) start += widths_[i] == 0 ? 0 : widths_[i] + kGap;
  return start;
}

std::string Table::line(const Row& row) const {
  if (!width_) return piped_line(row);
  std::string line;
  std::size_t pending = 0;  // blanks owed before the next visible cell: none at the end of a line
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (widths_[i] == 0) continue;
    const std::string shown = truncate_to_width(row[i].text, widths_[i]);
    const std::size_t blanks = widths_[i] - std::min(widths_[i], display_width(shown));
    if (columns_[i].right_aligned) pending += blanks;
    if (!shown.empty()) {
      line.append(pending, ' ');
      pending = 0;
      line += paint_hits(style_, row[i].tone, shown, row[i].hits);
    }
    if (!columns_[i].right_aligned) pending += blanks;
    pending += kGap;
  }
  return line;
}

std::string Table::piped_line(const Row& row) const {
  std::string line;
  for (const Cell& cell : row) {
    if (!line.empty()) line.append(kGap, ' ');
    line += cell.text.empty() ? "-" : paint_hits(style_, cell.tone, cell.text, cell.hits);
  }
  return line;
}

std::string paint_hits(const Style& style, Tone tone, std::string_view text,
                       std::span<const std::string> words) {
  if (!style.has_color() || words.empty()) return style.paint(tone, text);
  std::string painted;
  std::size_t done = 0;
  for (const TextSpan& hit : find_words(text, words)) {
    painted += style.paint(tone, text.substr(done, hit.offset - done));
    painted += style.paint(Tone::hit, text.substr(hit.offset, hit.length));
    done = hit.offset + hit.length;
  }
  return painted + style.paint(tone, text.substr(done));
}

}  // namespace audit::cli
