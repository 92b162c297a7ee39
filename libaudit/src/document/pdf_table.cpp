#include "document/pdf_table.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

namespace audit::document {
namespace {

constexpr double kSize = 7.5;
constexpr double kNoteSize = 6.2;
constexpr double kLine = 9.4;
constexpr double kNoteLine = 8;
constexpr double kAbove = 2.2;  // of a row, above its first line and below its last
constexpr double kBelow = 1.6;
constexpr double kHeaderHeight = 15;
constexpr double kPadding = 4;
constexpr double kLeastShare = 60;     // of a column without a sample
constexpr double kLeastScale = 0.6;    // by which columns may be narrowed
constexpr std::size_t kLeastRows = 2;  // that a header may stand above at the end of a page
constexpr std::size_t kNoteLines = 2;

constexpr Pen kHeaderPen{Face::bold, kSize, kInk};
constexpr Pen kNotePen{Face::regular, kNoteSize, kQuiet};

Pen pen_of(const Cell& cell) {
  return {cell.strong ? Face::bold : Face::regular, kSize,
          cell.target.empty() ? ink_of(cell.tone) : kAccent};
}

}  // namespace

double PdfTable::Placed::room() const { return width - 2 * kPadding; }

// Where each column begins and how wide it is.
void PdfTable::place(const Table& table) {
  double fixed = 0;
  std::size_t sharing = 0;
  placed_.clear();
  for (const Column& column : table.columns) {
    Placed next{column};
    if (!column.sample.empty()) {
      next.width = std::max(paper_.width_of({Face::regular, kSize, kInk}, column.sample),
                            paper_.width_of(kHeaderPen, column.title)) +
                   2 * kPadding;
    }
    fixed += next.width;
    if (column.sample.empty()) ++sharing;
    placed_.push_back(std::move(next));
  }
  lines_.resize(placed_.size());
  stretch(fixed, sharing);
}

// Makes the columns as wide as the page: those without a sample take what is left, but not less than
// kLeastShare each; the others are narrowed for that.
void PdfTable::stretch(double fixed, std::size_t sharing) {
  const auto shares = static_cast<double>(sharing);
  const double room = paper_.width() - shares * kLeastShare;  // for the columns with a sample
  if (room < fixed * kLeastScale) {
    throw Error(ErrorCode::invalid_argument,
                fmt::format("{} columns do not fit on a page", placed_.size()),
                "name fewer fields, or take a format without pages such as csv");
  }
  const bool scaled = fixed > 0 && (fixed > room || sharing == 0);
  const double scale = scaled ? room / fixed : 1;
  const double share = sharing == 0 ? 0 : (paper_.width() - fixed * scale) / shares;
  double x = PdfPaper::kMarginX;
  for (Placed& column : placed_) {
    column.width = column.column.sample.empty() ? share : column.width * scale;
    column.x = x;
    x += column.width;
  }
}

void PdfTable::draw_header() {
  const double bottom = paper_.y() - kHeaderHeight;
  paper_.fill(PdfPaper::kMarginX, bottom, paper_.width(), kHeaderHeight, kShade);
  for (const Placed& column : placed_) {
    paper_.line(kHeaderPen, column.x + kPadding, bottom + 4.6, column.room(), column.column.title,
                column.column.align);
  }
  paper_.down(kHeaderHeight);
  is_on_page_ = true;
  hairlines_.clear();
}

void PdfTable::end_page() {
  if (!is_on_page_) return;
  if (!hairlines_.empty()) hairlines_.pop_back();  // the last one is the closing rule's
  paper_.rules(PdfPaper::kMarginX, paper_.width(), hairlines_, 0.4, kHairline);
  paper_.rules(PdfPaper::kMarginX, paper_.width(), {paper_.y()}, 0.7, kRule);
  hairlines_.clear();
  is_on_page_ = false;
}

void PdfTable::begin(const Table& table) {
  assert(!table.columns.empty() && !is_on_page_);
  paper_.need(kHeaderHeight + static_cast<double>(kLeastRows) * (kLine + kAbove + kBelow));
  place(table);
  draw_header();
  paper_.check();
}

// Fills `lines` and returns how high they are.
double PdfTable::measure(const Placed& column, const Cell& cell, Lines& lines) {
  bool is_cut = cell.is_cut;
  lines.text =
      paper_.lines(pen_of(cell), cell.text, column.room(), column.column.max_lines, &is_cut);
  lines.note.clear();
  if (is_cut && !cell.if_cut.empty()) {
    lines.note = paper_.lines(kNotePen, cell.if_cut, column.room(), kNoteLines);
  }
  return static_cast<double>(lines.text.size()) * kLine +
         static_cast<double>(lines.note.size()) * kNoteLine;
}

void PdfTable::draw_cell(const Placed& column, const Cell& cell, const Lines& lines, double top) {
  const Pen pen = pen_of(cell);
  double base = top - kAbove - kSize + 0.6;
  const double x = column.x + kPadding;
  for (const std::string& line : lines.text) {
    const bool is_right = column.column.align == Align::right;
    const bool has_link = !cell.target.empty();
    const double wide = is_right || has_link ? paper_.font(pen.face).width(line, pen.size) : 0;
    const double at = is_right ? x + column.room() - wide : x;
    paper_.text(pen, at, base, line);
    if (has_link) paper_.link(at, base - 2, wide, kLine, cell.target);
    base -= kLine;
  }
  base += kLine - kNoteLine;
  for (const std::string& line : lines.note) {
    paper_.text(kNotePen, x, base, line);
    base -= kNoteLine;
  }
}

void PdfTable::row(std::span<const Cell> cells, std::string_view anchor) {
  assert(cells.size() == placed_.size());
  double height = kLine;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    height = std::max(height, measure(placed_[i], cells[i], lines_[i]));
  }
  height += kAbove + kBelow;
  if (!paper_.has_room(height)) {
    end_page();
    paper_.new_page();
    draw_header();
    paper_.check();
  }
  paper_.anchor(anchor);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    draw_cell(placed_[i], cells[i], lines_[i], paper_.y());
  }
  paper_.down(height);
  hairlines_.push_back(paper_.y());
}

void PdfTable::end() {
  end_page();
  paper_.down(12);
  paper_.check();
}

}  // namespace audit::document
