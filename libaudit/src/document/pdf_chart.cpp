#include "document/pdf_chart.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "document/chart_scale.hpp"

namespace audit::document {
namespace {

constexpr Pen kTitlePen{Face::bold, 9, kInk};
constexpr Pen kLabelPen{Face::regular, 7, kQuiet};
constexpr Pen kNumberPen{Face::regular, 7, kInk};
constexpr double kTitleLine = 15;

// Light, middle, dark: told apart in grey too.
constexpr std::array<Colour, 3> kSeries = {
    {{0.66F, 0.75F, 0.86F}, {0.85F, 0.52F, 0.36F}, {0.30F, 0.14F, 0.20F}}};

constexpr double kTimeHeight = 96;
constexpr double kTimeLabels = 14;
constexpr double kAxisWidth = 44;
constexpr double kLabelGap = 10;          // between two labels below the bars
constexpr std::size_t kMostNumbers = 24;  // bars that are few enough to have their number above

constexpr double kBarLine = 13;
constexpr double kBarHeight = 8;
constexpr double kColumnGap = 24;
constexpr double kLabelShare = 0.40;
constexpr double kNumberWidth = 66;
constexpr std::size_t kMostOnPage = 30;  // bars of one chart

Colour bar_colour(Tone tone) {
  switch (tone) {
    case Tone::bad:
      return {0.82F, 0.47F, 0.40F};
    case Tone::caution:
      return {0.90F, 0.74F, 0.42F};
    case Tone::good:
      return {0.58F, 0.77F, 0.63F};
    case Tone::muted:
      return {0.82F, 0.83F, 0.85F};
    case Tone::plain:
      break;
  }
  return kSeries[0];
}

// The area of the bars.
struct Plot {
  double x, bottom, width, height;
  Scale scale;

  [[nodiscard]] double level(std::uint64_t value) const {
    return height * static_cast<double>(value) / static_cast<double>(scale.top);
  }
};

// What each colour is, behind the title.
void draw_legend(PdfPaper& paper, const TimeChart& chart, double base) {
  if (chart.series.size() < 2) return;
  double x = PdfPaper::kMarginX + paper.width_of(kTitlePen, chart.title) + 18;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const std::string text = chart.series[i] + " " + grouped(series_total(chart, i));
    paper.fill(x, base - 0.5, 7, 7, kSeries[std::min(i, kSeries.size() - 1)]);
    x += 10;
    x += paper.line(kLabelPen, x, base, 200, text) + 14;
  }
}

void draw_axis(PdfPaper& paper, const Plot& plot) {
  std::vector<double> heights;
  for (std::uint64_t at = 0; at <= plot.scale.top; at += plot.scale.step) {
    heights.push_back(plot.bottom + plot.level(at));
  }
  paper.rules(plot.x, plot.width, heights, 0.4, kHairline);
  for (std::uint64_t at = 0; at <= plot.scale.top; at += plot.scale.step) {
    paper.line(kLabelPen, plot.x - kAxisWidth, plot.bottom + plot.level(at) - 2.4, kAxisWidth - 6,
               grouped(at), Align::right);
  }
}

void draw_bar(PdfPaper& paper, const Plot& plot, const TimeChart::Bar& bar, double x,
              double width) {
  double bottom = plot.bottom;
  for (std::size_t i = 0; i < bar.values.size(); ++i) {
    if (bar.values[i] == 0) continue;
    // What happened once among thousands is seen too.
    const double height = std::max(plot.level(bar.values[i]), 0.7);
    paper.fill(x, bottom, width, height, kSeries[std::min(i, kSeries.size() - 1)]);
    bottom += height;
  }
}

void draw_numbers(PdfPaper& paper, const TimeChart& chart, const Plot& plot, double pitch) {
  if (chart.bars.size() > kMostNumbers) return;
  for (std::size_t i = 0; i < chart.bars.size(); ++i) {
    const std::uint64_t sum = total(chart.bars[i]);
    if (sum == 0) continue;
    const double wide = paper.width_of(kNumberPen, grouped(sum));
    const double middle = plot.x + (static_cast<double>(i) + 0.5) * pitch;
    paper.line(kNumberPen, middle - wide / 2, plot.bottom + plot.level(sum) + 2.5, wide + 2,
               grouped(sum));
  }
}

// As many labels as stand beside each other.
void draw_labels(PdfPaper& paper, const TimeChart& chart, const Plot& plot, double pitch) {
  double widest = 0;
  for (const TimeChart::Bar& bar : chart.bars) {
    widest = std::max(widest, paper.width_of(kLabelPen, bar.label));
  }
  std::size_t each = 1;
  while (static_cast<double>(each) * pitch < widest + kLabelGap && each < chart.bars.size()) ++each;
  for (std::size_t i = 0; i < chart.bars.size(); i += each) {
    const double wide = paper.width_of(kLabelPen, chart.bars[i].label);
    const double middle = plot.x + (static_cast<double>(i) + 0.5) * pitch;
    const double x = std::clamp(middle - wide / 2, plot.x - kAxisWidth, plot.x + plot.width - wide);
    paper.line(kLabelPen, x, plot.bottom - 10, wide + 2, chart.bars[i].label);
  }
}

// Where a chart of lying bars is, and what its bars are measured by.
struct Lying {
  double x, width;
  double label, bar;  // widths of the two
  std::uint64_t most, whole;
};

void draw_lying_bar(PdfPaper& paper, const BarChart::Bar& bar, const Lying& place, double top) {
  const double base = top - 9;
  paper.line({Face::regular, 7.5, kInk}, place.x, base, place.label - 6, bar.label);
  const auto most = static_cast<double>(std::max<std::uint64_t>(1, place.most));
  const double wide = place.bar * static_cast<double>(bar.value) / most;
  const double x = place.x + place.label;
  if (bar.value > 0) {
    paper.fill(x, base - 1.2, std::max(wide, 0.7), kBarHeight, bar_colour(bar.tone));
  }
  const std::string number = grouped(bar.value) + "  " + percentage(bar.value, place.whole);
  paper.line(kNumberPen, x + wide + 4, base, kNumberWidth, number);
}

void draw_lying_chart(PdfPaper& paper, const BarChart& chart, const Lying& place, double top) {
  const double x = place.x;
  paper.line(kTitlePen, x, top - 9, place.width, chart.title);
  top -= kTitleLine;
  if (chart.bars.empty()) {
    paper.line(kLabelPen, x, top - 9, place.width, "none");
    return;
  }
  for (const BarChart::Bar& bar : chart.bars) {
    draw_lying_bar(paper, bar, place, top);
    top -= kBarLine;
  }
}

// Charts that are too long for a page, in parts. The shares of the parts are of the whole.
std::vector<BarChart> in_parts(const BarChart& chart) {
  std::vector<BarChart> parts;
  for (std::size_t i = 0; i == 0 || i < chart.bars.size(); i += kMostOnPage) {
    const std::size_t end = std::min(i + kMostOnPage, chart.bars.size());
    parts.push_back({chart.title + (i == 0 ? "" : " (continued)"),
                     {chart.bars.begin() + static_cast<std::ptrdiff_t>(i),
                      chart.bars.begin() + static_cast<std::ptrdiff_t>(end)}});
  }
  return parts;
}

double height_of(const BarChart& chart) {
  const auto rows = static_cast<double>(std::max<std::size_t>(1, chart.bars.size()));
  return kTitleLine + rows * kBarLine;
}

}  // namespace

void draw_chart(PdfPaper& paper, const TimeChart& chart) {
  paper.need(kTitleLine + 8 + kTimeHeight + kTimeLabels + 10);
  const double base = paper.y() - 9;
  paper.line(kTitlePen, PdfPaper::kMarginX, base, paper.width() / 2, chart.title);
  draw_legend(paper, chart, base);
  paper.down(kTitleLine + 8);
  const Plot plot{PdfPaper::kMarginX + kAxisWidth, paper.y() - kTimeHeight,
                  paper.width() - kAxisWidth, kTimeHeight, scale_for(largest(chart))};
  draw_axis(paper, plot);
  const double pitch =
      plot.width / static_cast<double>(std::max<std::size_t>(1, chart.bars.size()));
  const double wide = std::min(pitch * 0.78, 60.0);
  for (std::size_t i = 0; i < chart.bars.size(); ++i) {
    const double middle = plot.x + (static_cast<double>(i) + 0.5) * pitch;
    draw_bar(paper, plot, chart.bars[i], middle - wide / 2, wide);
  }
  draw_numbers(paper, chart, plot, pitch);
  draw_labels(paper, chart, plot, pitch);
  paper.down(kTimeHeight + kTimeLabels + 10);
  paper.check();
}

void draw_charts(PdfPaper& paper, const BarCharts& charts) {
  constexpr std::size_t kBeside = 3;
  const double width = (paper.width() - (kBeside - 1) * kColumnGap) / kBeside;
  const double bar = width * (1 - kLabelShare) - kNumberWidth - 6;
  std::vector<BarChart> parts;
  std::vector<Lying> places;
  for (const BarChart& chart : charts.charts) {
    for (BarChart& part : in_parts(chart)) {
      const double x =
          PdfPaper::kMarginX + static_cast<double>(parts.size() % kBeside) * (width + kColumnGap);
      places.push_back({x, width, width * kLabelShare, bar, largest(chart), total(chart)});
      parts.push_back(std::move(part));
    }
  }
  for (std::size_t i = 0; i < parts.size(); i += kBeside) {
    const std::size_t end = std::min(i + kBeside, parts.size());
    double height = 0;
    for (std::size_t j = i; j < end; ++j) height = std::max(height, height_of(parts[j]));
    paper.need(height + 8);
    for (std::size_t j = i; j < end; ++j) draw_lying_chart(paper, parts[j], places[j], paper.y());
    paper.down(height + 12);
  }
  paper.check();
}

}  // namespace audit::document
