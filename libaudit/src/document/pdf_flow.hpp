// document/pdf_flow.hpp - words of several kinds, broken into lines.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "document/pdf_paper.hpp"

namespace audit::document {

// One line of it: words with where they begin, from the line's left end.
struct FlowLine {
  struct Word {
    Pen pen;
    double x = 0;
    double width = 0;
    std::string text;
    std::string target;  // of a reference
  };

  std::vector<Word> words;
};

// Breaks runs into lines of at most `width`, at spaces where there are any; 500 lines are the most.
//   number    gives a footnote its number
[[nodiscard]] std::vector<FlowLine> flow(
    PdfPaper& paper, const std::vector<Run>& runs, const Pen& pen, double width,
    const std::function<std::size_t(std::string_view)>& number);

void draw(PdfPaper& paper, const FlowLine& line, double x, double base);

}  // namespace audit::document
