#include "document/markdown.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "document/chart_scale.hpp"
#include "document/escape.hpp"

namespace audit::document {
namespace {

constexpr std::size_t kBarWidth = 20;

std::string strong(std::string_view text) {
  return text.empty() ? std::string() : "**" + markdown_escape(text) + "**";
}

// Between as many backticks as it takes. A table would end at a bar in it.
std::string code_span(std::string_view text) {
  std::string safe = base::escape_controls(text);
  for (std::size_t at = 0; (at = safe.find('|', at)) != std::string::npos; at += 2) {
    safe.replace(at, 1, "\\|");
  }
  std::size_t longest = 0;
  std::size_t here = 0;
  for (const char c : safe) {
    here = c == '`' ? here + 1 : 0;
    longest = std::max(longest, here);
  }
  const std::string fence(longest + 1, '`');
  const bool needs_space = safe.empty() || safe.front() == '`' || safe.back() == '`' ||
                           (safe.front() == ' ' && safe.back() == ' ');
  const char* const space = needs_space ? " " : "";
  return fence + space + safe + space + fence;
}

std::string link_to(std::string_view target, const std::string& inner) {
  if (target.empty() || inner.empty()) return inner;
  return fmt::format("[{}](#{})", inner, anchor_id(target));
}

// What is a number in the margin of a code block elsewhere is a longer fence here.
std::string fenced(std::string_view text) {
  std::string fence = "```";
  while (text.find(fence) != std::string_view::npos) fence.push_back('`');
  std::string out = fence + "text\n";
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out += base::escape_controls(text.substr(0, end)) + "\n";
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out + fence + "\n\n";
}

std::string bar_of(std::uint64_t value, std::uint64_t most) {
  if (value == 0 || most == 0) return {};
  const auto share = static_cast<double>(value) / static_cast<double>(most);
  const auto blocks = static_cast<std::size_t>(share * static_cast<double>(kBarWidth) + 0.5);
  std::string bar;
  for (std::size_t i = 0; i < std::max<std::size_t>(1, blocks); ++i) bar += "\u2588";
  return bar;
}

}  // namespace

MarkdownWriter::MarkdownWriter(const About& about, Sink sink)
    : sink_(std::move(sink)), footer_(about.footer) {}

std::string MarkdownWriter::runs(const std::vector<Run>& runs) {
  std::string out;
  for (const Run& run : runs) {
    switch (run.kind) {
      case Run::Kind::plain:
        out += markdown_escape(run.text);
        break;
      case Run::Kind::strong:
        out += strong(run.text);
        break;
      case Run::Kind::code:
        out += code_span(run.text);
        break;
      case Run::Kind::reference:
        out += link_to(run.target, markdown_escape(run.text));
        break;
      case Run::Kind::footnote:
        out += fmt::format("[^{}]", add_footnote(run.text));
        break;
    }
  }
  return out;
}

void MarkdownWriter::add(const Title& title) {
  if (!title.above.empty()) write(strong(title.above) + "\n\n");
  write("# " + markdown_escape(title.text) + "\n\n");
  if (!title.below.empty()) write(markdown_escape(title.below) + "\n\n");
}

void MarkdownWriter::add(const Heading& heading) {
  const auto level = static_cast<std::size_t>(std::clamp(heading.level, 1, 3)) + 1;
  write(std::string(level, '#') + " " + markdown_escape(heading.text) + "\n\n");
}

void MarkdownWriter::add(const Paragraph& paragraph) { write(runs(paragraph.runs) + "\n\n"); }

void MarkdownWriter::add(const KeyValues& block) {
  write("| | |\n|---|---|\n");
  for (const KeyValues::Item& item : block.items) {
    const std::string value = item.is_code               ? code_span(item.value)
                              : item.tone == Tone::plain ? markdown_escape(item.value)
                                                         : strong(item.value);
    write(fmt::format("| {} | {} |\n", markdown_escape(item.key), value));
  }
  write("\n");
}

void MarkdownWriter::add(const Figures& figures) {
  write("| | |\n|---|---:|\n");
  for (const Figures::Item& item : figures.items) {
    write(fmt::format("| {} | {} |\n", markdown_escape(item.label), strong(item.value)));
  }
  write("\n");
}

void MarkdownWriter::add(const Callout& callout) {
  write("> " + strong(callout.title) + "\n");
  if (!callout.text.empty()) write(">\n> " + runs(callout.text) + "\n");
  write("\n");
}

void MarkdownWriter::add(const Code& code) { write(fenced(code.text)); }

void MarkdownWriter::add(const Tree& tree) {
  std::size_t depth = 0;  // of the item before, and one more
  for (const Tree::Item& item : tree.items) {
    const std::size_t own = std::min(item.depth, depth);
    depth = own + 1;
    const std::string status = item.status.empty() ? std::string() : strong(item.status) + " ";
    write(std::string(2 * own, ' ') + "- " + status +
          link_to(item.target, markdown_escape(item.text)) + "\n");
  }
  write("\n");
}

void MarkdownWriter::add(const TimeChart& chart) {
  write(strong(chart.title) + "\n\n| From |");
  for (const std::string& series : chart.series) write(" " + markdown_escape(series) + " |");
  write(" |\n|---|");
  for (std::size_t i = 0; i < chart.series.size(); ++i) write("---:|");
  write("---|\n");
  const std::uint64_t most = largest(chart);
  for (const TimeChart::Bar& bar : chart.bars) {
    write("| " + markdown_escape(bar.label) + " |");
    for (const std::uint64_t value : bar.values) write(" " + grouped(value) + " |");
    write(" " + bar_of(total(bar), most) + " |\n");
  }
  write("\n");
}

void MarkdownWriter::add(const BarCharts& charts) {
  for (const BarChart& chart : charts.charts) {
    write(strong(chart.title) + "\n\n| | | | |\n|---|---:|---:|---|\n");
    if (chart.bars.empty()) write("| none | | | |\n");
    for (const BarChart::Bar& bar : chart.bars) {
      write(fmt::format("| {} | {} | {} | {} |\n", markdown_escape(bar.label), grouped(bar.value),
                        markdown_escape(percentage(bar.value, total(chart))),
                        bar_of(bar.value, largest(chart))));
    }
    write("\n");
  }
}

void MarkdownWriter::add(const PageBreak& /*page_break*/) { write("---\n\n"); }

void MarkdownWriter::begin_table(const Table& table) {
  std::string rule = "|";
  write("|");
  for (const Column& column : table.columns) {
    write(" " + markdown_escape(column.title) + " |");
    rule += column.align == Align::right ? "---:|" : "---|";
  }
  write("\n" + rule + "\n");
}

void MarkdownWriter::row(std::span<const Cell> cells, std::string_view anchor) {
  row_ = "|";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    row_ += " ";
    if (i == 0 && !anchor.empty()) row_ += fmt::format("<a id=\"{}\"></a>", anchor_id(anchor));
    row_ += link_to(cell.target, cell.strong ? strong(cell.text) : markdown_escape(cell.text));
    if (cell.is_cut && !cell.if_cut.empty()) row_ += "<br>" + markdown_escape(cell.if_cut);
    row_ += " |";
  }
  row_ += "\n";
  write(row_);
}

void MarkdownWriter::end_table() { write("\n"); }

void MarkdownWriter::write_footnotes() {
  std::size_t number = 0;
  for (const std::string& note : footnotes()) {
    write(fmt::format("[^{}]: {}\n\n", ++number, markdown_escape(note)));
  }
}

void MarkdownWriter::write_end() {
  if (!footer_.empty()) write("---\n\n" + markdown_escape(footer_) + "\n");
}

}  // namespace audit::document
