// document/pdf_chart.hpp - draws charts on paper: light bars that survive grey printing, with numbers.
#pragma once

#include "document/document.hpp"
#include "document/pdf_paper.hpp"

namespace audit::document {

void draw_chart(PdfPaper& paper, const TimeChart& chart);
void draw_charts(PdfPaper& paper, const BarCharts& charts);

}  // namespace audit::document
