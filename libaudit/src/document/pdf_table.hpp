// document/pdf_table.hpp - a table over any number of pages.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "document/document.hpp"
#include "document/pdf_paper.hpp"

namespace audit::document {

class PdfTable {
 public:
  explicit PdfTable(PdfPaper& paper) : paper_(paper) {}

  //   throws    invalid_argument if the columns do not fit on a page
  void begin(const Table& table);
  void row(std::span<const Cell> cells, std::string_view anchor);
  void end();

 private:
  // A column with its place on the page.
  struct Placed {
    Column column;
    double x = 0;
    double width = 0;

    [[nodiscard]] double room() const;
  };

  // What a cell looks like.
  struct Lines {
    std::vector<std::string> text;
    std::vector<std::string> note;
  };

  void place(const Table& table);
  void stretch(double fixed, std::size_t sharing);
  void draw_header();
  void end_page();
  [[nodiscard]] double measure(const Placed& column, const Cell& cell, Lines& lines);
  void draw_cell(const Placed& column, const Cell& cell, const Lines& lines, double top);

  PdfPaper& paper_;
  std::vector<Placed> placed_;
  std::vector<Lines> lines_;
  std::vector<double> hairlines_;
  bool is_on_page_ = false;
};

}  // namespace audit::document
