#include "document/pdf.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "document/pdf_chart.hpp"
#include "document/pdf_flow.hpp"
#include "document/pdf_paper.hpp"
#include "document/pdf_table.hpp"

namespace audit::document {
namespace {

constexpr double kLeft = PdfPaper::kMarginX;
constexpr double kSize = 9;
constexpr double kLine = 13;
constexpr double kMeasure = 620;  // lines of prose are not longer: the eye finds the next one
constexpr double kTextSizeOfCode = 7.8;
constexpr double kCodeLine = 10.5;
constexpr double kLeastBelowHeading = 64;  // that must stand with it on one page
constexpr std::size_t kMaxValueLines = 8;
constexpr std::size_t kMaxCodeLines = 200;
constexpr double kMaxKeyWidth = 150;
constexpr double kIndent = 14;

struct HeadingStyle {
  double size;
  double above;
  double line;
};

constexpr std::array<HeadingStyle, 3> kHeadings = {{{16, 0, 27}, {11.5, 10, 19}, {9.5, 8, 15}}};

std::size_t index_of(int level) { return static_cast<std::size_t>(std::clamp(level, 1, 3) - 1); }

// The lines of a text as they are.
std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < kMaxCodeLines) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace

struct PdfWriter::Impl {
  Impl(const About& about, const PdfOptions& options, Sink to)
      : paper(about, options), table(paper), sink(std::move(to)) {}

  void write_lines(const std::vector<std::string>& lines, const Pen& pen, double x, double height) {
    for (const std::string& line : lines) {
      paper.need(height);
      paper.text(pen, x, paper.y() - pen.size, line);
      paper.down(height);
    }
  }

  // Draws it and returns how high it is; where `is_drawn` is not set, only that.
  void write_flow(const std::vector<FlowLine>& lines, double x) {
    for (const FlowLine& line : lines) {
      paper.need(kLine);
      draw(paper, line, x, paper.y() - kSize);
      paper.down(kLine);
    }
  }

  // Code, each line of it broken where it must be.
  [[nodiscard]] std::vector<std::string> code_lines(std::string_view text, double width) {
    std::vector<std::string> all;
    const Pen pen{Face::mono, kTextSizeOfCode, kInk};
    for (const std::string_view line : split_lines(text)) {
      for (std::string& part : paper.lines(pen, line, width, kMaxCodeLines)) {
        all.push_back(std::move(part));
      }
    }
    return all;
  }

  PdfPaper paper;
  PdfTable table;
  Sink sink;
};

PdfWriter::PdfWriter(const About& about, const PdfOptions& options, Sink sink)
    : impl_(std::make_unique<Impl>(about, options, std::move(sink))) {}

PdfWriter::~PdfWriter() = default;

void PdfWriter::add(const Title& title) {
  PdfPaper& paper = impl_->paper;
  if (!paper.is_fresh()) paper.new_page();
  paper.bookmark(1, title.text);
  paper.fill(kLeft, paper.y() - 3, paper.width(), 3, kAccent);
  paper.down(24);
  if (!title.above.empty()) {
    const Pen pen{Face::bold, 10.5, kAccent};
    impl_->write_lines(paper.lines(pen, title.above, paper.width(), 2), pen, kLeft, 17);
  }
  const Pen pen{Face::bold, 24, kInk};
  impl_->write_lines(paper.lines(pen, title.text, paper.width(), 3), pen, kLeft, 31);
  if (!title.below.empty()) {
    const Pen below{Face::regular, 11, kQuiet};
    impl_->write_lines(paper.lines(below, title.below, paper.width(), 2), below, kLeft, 16);
  }
  paper.down(14);
  paper.check();
}

void PdfWriter::add(const Heading& heading) {
  PdfPaper& paper = impl_->paper;
  const HeadingStyle& style = kHeadings[index_of(heading.level)];
  const Pen pen{Face::bold, style.size, heading.level <= 1 ? kAccent : kInk};
  const auto lines = paper.lines(pen, heading.text, paper.width(), 2);
  const double height = static_cast<double>(lines.size()) * style.line;
  paper.need(style.above + height + kLeastBelowHeading);
  if (!paper.is_fresh()) paper.down(style.above);
  paper.bookmark(heading.level, heading.text);
  impl_->write_lines(lines, pen, kLeft, style.line);
  paper.check();
}

void PdfWriter::add(const Paragraph& paragraph) {
  PdfPaper& paper = impl_->paper;
  const Pen pen{Face::regular, kSize, ink_of(paragraph.tone)};
  impl_->write_flow(flow(paper, paragraph.runs, pen, kMeasure,
                         [this](std::string_view text) { return add_footnote(text); }),
                    kLeft);
  paper.down(kLine / 2);
  paper.check();
}

void PdfWriter::add(const KeyValues& block) {
  PdfPaper& paper = impl_->paper;
  const Pen key_pen{Face::regular, kSize, kQuiet};
  double key_width = 0;
  for (const KeyValues::Item& item : block.items) {
    key_width = std::max(key_width, paper.width_of(key_pen, item.key));
  }
  key_width = std::min(key_width, kMaxKeyWidth) + 16;
  for (const KeyValues::Item& item : block.items) {
    const Pen pen = item.is_code ? Pen{Face::mono, kSize * 0.92, ink_of(item.tone)}
                                 : Pen{item.tone == Tone::plain ? Face::regular : Face::bold, kSize,
                                       ink_of(item.tone)};
    const auto lines = paper.lines(pen, item.value, paper.width() - key_width, kMaxValueLines);
    paper.need(static_cast<double>(lines.size()) * kLine);
    paper.line(key_pen, kLeft, paper.y() - kSize, key_width - 8, item.key);
    impl_->write_lines(lines, pen, kLeft + key_width, kLine);
    paper.down(1.5);
  }
  paper.down(kLine / 2);
  paper.check();
}

void PdfWriter::add(const Figures& figures) {
  constexpr double kHeight = 44;
  constexpr double kGap = 10;
  constexpr double kLargest = 148;
  if (figures.items.empty()) return;
  PdfPaper& paper = impl_->paper;
  paper.need(kHeight + 12);
  const auto count = static_cast<double>(figures.items.size());
  const double width = std::min(kLargest, (paper.width() - (count - 1) * kGap) / count);
  double x = kLeft;
  const double bottom = paper.y() - kHeight;
  for (const Figures::Item& item : figures.items) {
    paper.fill(x, bottom, width, kHeight, shade_of(item.tone));
    const double room = width - 16;
    paper.line({Face::bold, 16, ink_of(item.tone)}, x + 8, bottom + 20, room, item.value);
    paper.line({Face::regular, 7.5, kQuiet}, x + 8, bottom + 8, room, item.label);
    x += width + kGap;
  }
  paper.down(kHeight + 14);
  paper.check();
}

void PdfWriter::add(const Callout& callout) {
  constexpr double kPad = 9;
  PdfPaper& paper = impl_->paper;
  const double width = paper.width() - 2 * kPad - 4;
  const auto lines = flow(paper, callout.text, {Face::regular, kSize, kInk}, width,
                          [this](std::string_view text) { return add_footnote(text); });
  const bool has_text = !callout.text.empty();
  const double height =
      2 * kPad + kLine + (has_text ? static_cast<double>(lines.size()) * kLine : 0) - 3;
  paper.need(std::min(height, paper.height()));
  paper.fill(kLeft, paper.y() - height, paper.width(), height, shade_of(callout.tone));
  paper.fill(kLeft, paper.y() - height, 4, height, ink_of(callout.tone));
  paper.down(kPad);
  const Pen pen{Face::bold, kSize + 0.5, ink_of(callout.tone)};
  paper.line(pen, kLeft + kPad + 4, paper.y() - kSize, width, callout.title);
  paper.down(kLine);
  if (has_text) impl_->write_flow(lines, kLeft + kPad + 4);
  paper.down(kPad + 5);
  paper.check();
}

void PdfWriter::add(const Code& code) {
  constexpr double kPad = 6;
  PdfPaper& paper = impl_->paper;
  const auto lines = impl_->code_lines(code.text, paper.width() - 2 * kPad);
  const double height = static_cast<double>(lines.size()) * kCodeLine + 2 * kPad;
  if (height < paper.height()) {
    paper.need(height);
    paper.fill(kLeft, paper.y() - height, paper.width(), height, {0.955F, 0.96F, 0.965F});
  }
  paper.down(kPad);
  impl_->write_lines(lines, {Face::mono, kTextSizeOfCode, kInk}, kLeft + kPad, kCodeLine);
  paper.down(kPad + 8);
  paper.check();
}

void PdfWriter::add(const Tree& tree) {
  constexpr std::size_t kDeepest = 12;
  constexpr std::size_t kMostLines = 20;
  PdfPaper& paper = impl_->paper;
  const Pen pen{Face::regular, kSize, kInk};
  for (const Tree::Item& item : tree.items) {
    double x = kLeft + static_cast<double>(std::min(item.depth, kDeepest)) * kIndent;
    const Pen status{Face::bold, kSize, ink_of(item.tone)};
    const double status_width = item.status.empty() ? 0 : paper.width_of(status, item.status) + 10;
    const double wide = paper.width() - (x - kLeft) - kIndent - status_width;
    const auto lines = paper.lines(pen, item.text, std::max(wide, 100.0), kMostLines);
    paper.need(static_cast<double>(std::min<std::size_t>(lines.size(), 3)) * kLine);
    paper.fill(x, paper.y() - kSize + 2, 3, 3, ink_of(item.tone));
    x += kIndent - 4;
    if (status_width > 0) {
      paper.line(status, x, paper.y() - kSize, status_width, item.status);
      x += status_width;
    }
    if (!item.target.empty()) {
      paper.link(x, paper.y() - kSize - 2, std::max(wide, 100.0), kLine, item.target);
    }
    impl_->write_lines(lines, item.target.empty() ? pen : Pen{Face::regular, kSize, kAccent}, x,
                       kLine);
  }
  paper.down(kLine / 2);
  paper.check();
}

void PdfWriter::add(const TimeChart& chart) { draw_chart(impl_->paper, chart); }

void PdfWriter::add(const BarCharts& charts) { draw_charts(impl_->paper, charts); }

void PdfWriter::add(const PageBreak& /*page_break*/) {
  if (!impl_->paper.is_fresh()) impl_->paper.new_page();
}

void PdfWriter::begin_table(const Table& table) { impl_->table.begin(table); }

void PdfWriter::row(std::span<const Cell> cells, std::string_view anchor) {
  impl_->table.row(cells, anchor);
}

void PdfWriter::end_table() { impl_->table.end(); }

void PdfWriter::mark(std::string_view name) { impl_->paper.bookmark(3, name); }

std::size_t PdfWriter::page_count() const noexcept { return impl_->paper.page_count(); }

void PdfWriter::write_footnotes() {
  add(Heading{"Notes", 2});
  std::size_t number = 0;
  for (const std::string& note : footnotes()) {
    add(Paragraph(fmt::format("[{}] {}", ++number, note), Tone::muted));
  }
}

void PdfWriter::write_end() { impl_->paper.finish(impl_->sink); }

}  // namespace audit::document
