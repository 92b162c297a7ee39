#include "document/html_chart.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "document/chart_scale.hpp"
#include "document/escape.hpp"

namespace audit::document {
namespace {

// The picture's own units.
constexpr double kWidth = 960;
constexpr double kHeight = 190;
constexpr double kAxis = 60;
constexpr double kTop = 10;
constexpr double kLabels = 22;
constexpr double kLabelWidth = 110;

constexpr std::size_t kSeriesColours = 3;

struct Plot {
  double height = kHeight - kTop - kLabels;
  double bottom = kHeight - kLabels;
  Scale scale;

  [[nodiscard]] double level(std::uint64_t value) const {
    return height * static_cast<double>(value) / static_cast<double>(scale.top);
  }
};

void append_axis(std::string& out, const Plot& plot) {
  for (std::uint64_t at = 0; at <= plot.scale.top; at += plot.scale.step) {
    const double y = plot.bottom - plot.level(at);
    fmt::format_to(std::back_inserter(out),
                   "<line x1=\"{:.0f}\" x2=\"{:.0f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
                   "<text x=\"{:.0f}\" y=\"{:.1f}\" class=\"n\">{}</text>",
                   kAxis, kWidth, y, y, kAxis - 6, y + 4, grouped(at));
  }
}

void append_bars(std::string& out, const TimeChart& chart, const Plot& plot) {
  const double pitch = (kWidth - kAxis) / static_cast<double>(chart.bars.size());
  const double wide = std::min(pitch * 0.78, 70.0);
  std::size_t each = 1;
  while (static_cast<double>(each) * pitch < kLabelWidth && each < chart.bars.size()) ++each;
  for (std::size_t i = 0; i < chart.bars.size(); ++i) {
    const TimeChart::Bar& bar = chart.bars[i];
    const double middle = kAxis + (static_cast<double>(i) + 0.5) * pitch;
    double bottom = plot.bottom;
    for (std::size_t j = 0; j < bar.values.size(); ++j) {
      if (bar.values[j] == 0) continue;
      const double height = std::max(plot.level(bar.values[j]), 0.8);
      bottom -= height;
      fmt::format_to(std::back_inserter(out),
                     "<rect class=\"s{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
                     "height=\"{:.1f}\"><title>{}: {} {}</title></rect>",
                     std::min(j, kSeriesColours - 1), middle - wide / 2, bottom, wide, height,
                     html_escape(bar.label), grouped(bar.values[j]), html_escape(chart.series[j]));
    }
    if (i % each == 0) {
      fmt::format_to(std::back_inserter(out),
                     "<text x=\"{:.1f}\" y=\"{:.0f}\" class=\"m\">{}</text>", middle, kHeight - 6,
                     html_escape(bar.label));
    }
  }
}

void append_numbers(std::string& out, const TimeChart& chart) {
  out += "<details><summary>The numbers</summary><table><thead><tr><th scope=\"col\">From</th>";
  for (const std::string& series : chart.series) {
    out += "<th scope=\"col\" class=\"n\">" + html_text(series) + "</th>";
  }
  out += "</tr></thead><tbody>\n";
  for (const TimeChart::Bar& bar : chart.bars) {
    out += "<tr><th scope=\"row\">" + html_text(bar.label) + "</th>";
    for (const std::uint64_t value : bar.values) {
      out += "<td class=\"n\">" + grouped(value) + "</td>";
    }
    out += "</tr>\n";
  }
  out += "</tbody></table></details>\n";
}

}  // namespace

const char* tone_class(Tone tone) {
  constexpr std::array<const char*, 5> kNames = {"", "good", "caution", "bad", "muted"};
  return kNames[static_cast<std::size_t>(tone)];
}

std::string html_chart(const TimeChart& chart) {
  std::string out = "<figure class=\"chart\"><figcaption>" + html_text(chart.title);
  for (std::size_t i = 0; chart.series.size() > 1 && i < chart.series.size(); ++i) {
    out += fmt::format(" <span class=\"key k{}\">{} {}</span>", std::min(i, kSeriesColours - 1),
                       html_text(chart.series[i]), grouped(series_total(chart, i)));
  }
  out += "</figcaption>\n";
  if (chart.bars.empty()) return out + "<p class=\"muted\">nothing</p></figure>\n";
  Plot plot;
  plot.scale = scale_for(largest(chart));
  out += fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">", kWidth,
                     kHeight, html_escape(in_words(chart)));
  append_axis(out, plot);
  append_bars(out, chart, plot);
  out += "</svg>\n";
  append_numbers(out, chart);
  return out + "</figure>\n";
}

std::string html_chart(const BarChart& chart) {
  const std::uint64_t whole = total(chart);
  const auto most = static_cast<double>(std::max<std::uint64_t>(1, largest(chart)));
  std::string out =
      "<table class=\"bars\"><caption>" + html_text(chart.title) + "</caption><tbody>\n";
  if (chart.bars.empty()) out += "<tr><td class=\"muted\">none</td></tr>\n";
  for (const BarChart::Bar& bar : chart.bars) {
    fmt::format_to(
        std::back_inserter(out),
        "<tr><th scope=\"row\">{}</th><td class=\"bar\"><svg aria-hidden=\"true\" "
        "width=\"100%\" height=\"12\"><rect class=\"{}\" width=\"{:.2f}%\" "
        "height=\"12\"/></svg></td><td class=\"n\">{}</td><td class=\"n muted\">{}</td></tr>\n",
        html_text(bar.label), bar.tone == Tone::plain ? "s0" : tone_class(bar.tone),
        100 * static_cast<double>(bar.value) / most, grouped(bar.value),
        percentage(bar.value, whole));
  }
  return out + "</tbody></table>\n";
}

}  // namespace audit::document
