#include "document/plain_text.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "document/chart_scale.hpp"

namespace audit::document {
namespace {

constexpr std::size_t kLeastWidth = 40;
constexpr std::size_t kLeastColumn = 6;
constexpr std::size_t kGap = 2;
constexpr std::size_t kMostKey = 24;
constexpr std::size_t kMostLines = 2000;

std::string repeated(std::string_view what, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += what;
  return out;
}

// Filled up with spaces to `width` columns.
std::string padded(std::string_view text, std::size_t width, Align align = Align::left) {
  const std::size_t used = base::display_width(text);
  const std::string space(width > used ? width - used : 0, ' ');
  return align == Align::right ? space + std::string(text) : std::string(text) + space;
}

// Lines of at most `width` columns, broken at spaces where there are any; what is beyond the last one
// ends in an ellipsis. An empty text is one empty line.
std::vector<std::string> wrapped(std::string_view raw, std::size_t width, std::size_t most,
                                 bool* is_cut = nullptr) {
  const std::string text = base::escape_controls(raw);
  std::string_view rest = text;
  std::vector<std::string> lines;
  while (lines.size() + 1 < most) {
    const std::size_t fitting = base::prefix_of_width(rest, width);
    if (fitting == rest.size()) break;
    std::size_t end = rest[fitting] == ' ' ? fitting : rest.rfind(' ', fitting);
    if (end == std::string_view::npos || end == 0) end = std::max<std::size_t>(fitting, 1);
    lines.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  }
  lines.push_back(base::truncate_to_width(rest, width));
  if (is_cut != nullptr && lines.back().size() != rest.size()) *is_cut = true;
  return lines;
}

std::size_t blocks(std::uint64_t value, std::uint64_t most, std::size_t width) {
  if (value == 0 || most == 0) return 0;
  const auto share = static_cast<double>(value) / static_cast<double>(most);
  return std::max<std::size_t>(1,
                               static_cast<std::size_t>(share * static_cast<double>(width) + 0.5));
}

// The width of a column of labels.
template <class Bars>
std::size_t label_width(const Bars& bars, std::size_t most) {
  std::size_t widest = 0;
  for (const auto& bar : bars) {
    widest = std::max(widest, base::display_width(base::escape_controls(bar.label)));
  }
  return std::min(widest, most);
}

std::string label_of(std::string_view label, std::size_t width) {
  return padded(base::truncate_to_width(base::escape_controls(label), width), width);
}

}  // namespace

TextWriter::TextWriter(std::size_t width, Sink sink)
    : width_(std::max(width, kLeastWidth)), sink_(std::move(sink)) {}

void TextWriter::write_line(std::string_view line) {
  while (line.ends_with(' ')) line.remove_suffix(1);
  sink_(std::string(line) + "\n");
}

void TextWriter::write_wrapped(std::string_view text, std::size_t indent, std::string_view first) {
  assert(indent <= width_ / 2 && base::display_width(first) <= indent);
  const std::string margin(indent, ' ');
  bool is_first = !first.empty();
  for (const std::string& line : wrapped(text, width_ - indent, kMostLines)) {
    write_line((is_first ? padded(first, indent) : margin) + line);
    is_first = false;
  }
}

std::string TextWriter::runs(const std::vector<Run>& runs) {
  std::string out;
  for (const Run& run : runs) {
    if (run.kind == Run::Kind::footnote) {
      out += fmt::format(" [{}]", add_footnote(run.text));
    } else {
      out += run.text;
    }
  }
  return out;
}

void TextWriter::add(const Title& title) {
  if (!title.above.empty()) write_wrapped(title.above, 0);
  std::size_t widest = 0;
  for (const std::string& line : wrapped(title.text, width_, kMostLines)) {
    write_line(line);
    widest = std::max(widest, base::display_width(line));
  }
  write_line(std::string(widest, '='));
  if (!title.below.empty()) write_wrapped(title.below, 0);
  write_line("");
}

void TextWriter::add(const Heading& heading) {
  write_line("");
  std::size_t widest = 0;
  for (const std::string& line : wrapped(heading.text, width_, kMostLines)) {
    write_line(line);
    widest = std::max(widest, base::display_width(line));
  }
  if (heading.level < 3) write_line(std::string(widest, heading.level <= 1 ? '=' : '-'));
  write_line("");
}

void TextWriter::add(const Paragraph& paragraph) {
  write_wrapped(runs(paragraph.runs), 0);
  write_line("");
}

void TextWriter::add(const KeyValues& block) {
  std::size_t key = 0;
  for (const KeyValues::Item& item : block.items) {
    key = std::max(key, base::display_width(base::escape_controls(item.key)));
  }
  key = std::min(key, std::min(kMostKey, width_ / 2 - kGap));
  for (const KeyValues::Item& item : block.items) {
    write_wrapped(item.value, key + kGap, label_of(item.key, key) + "  ");
  }
  write_line("");
}

void TextWriter::add(const Figures& figures) {
  KeyValues block;
  for (const Figures::Item& item : figures.items) block.items.push_back({item.label, item.value});
  add(block);
}

void TextWriter::add(const Callout& callout) {
  const std::string text = callout.title + (callout.text.empty() ? "" : ": ") + runs(callout.text);
  for (const std::string& line : wrapped(text, width_ - 2, kMostLines)) write_line("| " + line);
  write_line("");
}

void TextWriter::add(const Code& code) {
  std::string_view rest = code.text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    // Not broken: it is for a machine.
    write_line("    " + base::escape_controls(rest.substr(0, end)));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  write_line("");
}

void TextWriter::add(const Tree& tree) {
  for (const Tree::Item& item : tree.items) {
    const std::size_t indent = std::min<std::size_t>(2 * item.depth, width_ / 2 - 2);
    const std::string status = item.status.empty() ? std::string() : "[" + item.status + "] ";
    write_wrapped(status + item.text, indent + 2, std::string(indent, ' ') + "- ");
  }
  write_line("");
}

void TextWriter::add(const TimeChart& chart) {
  constexpr std::string_view kFills[] = {"\u2588", "\u2593", "\u2591"};
  write_wrapped(chart.title, 0);
  for (std::size_t i = 0; chart.series.size() > 1 && i < chart.series.size(); ++i) {
    write_wrapped(chart.series[i] + " " + grouped(series_total(chart, i)), 4,
                  "  " + std::string(kFills[std::min<std::size_t>(i, 2)]) + " ");
  }
  const std::size_t label = label_width(chart.bars, width_ / 3);
  const std::uint64_t most = largest(chart);
  const std::size_t number = grouped(most).size();
  const std::size_t room = width_ - std::min(width_ - 8, label + number + 2 * kGap);
  for (const TimeChart::Bar& bar : chart.bars) {
    std::string line = label_of(bar.label, label) + "  " +
                       padded(grouped(total(bar)), number, Align::right) + "  ";
    for (std::size_t i = 0; i < bar.values.size(); ++i) {
      line += repeated(kFills[std::min<std::size_t>(i, 2)], blocks(bar.values[i], most, room));
    }
    write_line(line);
  }
  write_line("");
}

void TextWriter::add(const BarCharts& charts) {
  constexpr std::size_t kShare = 8;  // "> 99.9 %"
  for (const BarChart& chart : charts.charts) {
    write_wrapped(chart.title, 0);
    if (chart.bars.empty()) write_line("none");
    const std::size_t label = label_width(chart.bars, width_ / 3);
    const std::uint64_t most = largest(chart);
    const std::size_t number = grouped(most).size();
    const std::size_t used = label + number + kShare + 3 * kGap;
    const std::size_t room = width_ - std::min(width_ - 8, used);
    for (const BarChart::Bar& bar : chart.bars) {
      write_line(label_of(bar.label, label) + "  " +
                 padded(grouped(bar.value), number, Align::right) + "  " +
                 padded(percentage(bar.value, total(chart)), kShare, Align::right) + "  " +
                 repeated("\u2588", blocks(bar.value, most, room)));
    }
    write_line("");
  }
}

void TextWriter::add(const PageBreak& /*page_break*/) {
  write_line("");
  write_line(std::string(width_, '-'));
}

// Columns with a sample are as wide as it, the others share the rest; too wide a table is narrowed.
void TextWriter::place(const Table& table) {
  assert(columns_.empty() && !table.columns.empty());
  std::size_t fixed = 0;
  std::size_t sharing = 0;
  for (const Column& column : table.columns) {
    const std::size_t title = base::display_width(base::escape_controls(column.title));
    const std::size_t wide =
        column.sample.empty() ? 0 : std::max(title, base::display_width(column.sample));
    fixed += wide;
    if (column.sample.empty()) ++sharing;
    columns_.push_back({column.align, wide, std::max<std::size_t>(1, column.max_lines)});
  }
  const std::size_t gaps = kGap * (columns_.size() - 1);
  const std::size_t least = gaps + sharing * 2 * kLeastColumn;
  const std::size_t room = width_ > least ? width_ - least : 0;  // for columns with a sample
  for (Placed& column : columns_) {
    if (column.width > 0 && fixed > room) {
      column.width = std::max(kLeastColumn, column.width * room / fixed);
    }
  }
  const std::size_t used =
      std::accumulate(columns_.begin(), columns_.end(), gaps,
                      [](std::size_t sum, const Placed& one) { return sum + one.width; });
  for (Placed& column : columns_) {
    if (column.width > 0) continue;
    column.width = std::max(2 * kLeastColumn, width_ > used ? (width_ - used) / sharing : 0);
  }
}

void TextWriter::write_cells(const std::vector<std::vector<std::string>>& cells) {
  std::size_t height = 0;
  for (const auto& lines : cells) height = std::max(height, lines.size());
  for (std::size_t at = 0; at < height; ++at) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line.append(kGap, ' ');
      line +=
          padded(at < cells[i].size() ? cells[i][at] : "", columns_[i].width, columns_[i].align);
    }
    write_line(line);
  }
}

void TextWriter::begin_table(const Table& table) {
  place(table);
  std::vector<std::vector<std::string>> titles;
  std::vector<std::vector<std::string>> rules;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    titles.push_back(wrapped(table.columns[i].title, columns_[i].width, 2));
    rules.push_back({std::string(columns_[i].width, '-')});
  }
  write_cells(titles);
  write_cells(rules);
}

void TextWriter::row(std::span<const Cell> cells, std::string_view /*anchor*/) {
  assert(cells.size() == columns_.size());
  std::vector<std::vector<std::string>> texts;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    bool is_cut = cells[i].is_cut;
    texts.push_back(wrapped(cells[i].text, columns_[i].width, columns_[i].max_lines, &is_cut));
    if (!is_cut || cells[i].if_cut.empty()) continue;
    for (std::string& line : wrapped(cells[i].if_cut, columns_[i].width, kMostLines)) {
      texts.back().push_back(std::move(line));
    }
  }
  write_cells(texts);
}

void TextWriter::end_table() {
  columns_.clear();
  write_line("");
}

void TextWriter::write_footnotes() {
  std::size_t number = 0;
  for (const std::string& note : footnotes()) {
    const std::string first = fmt::format("[{}] ", ++number);
    write_wrapped(note, first.size(), first);
  }
}

void TextWriter::write_end() {}

}  // namespace audit::document
