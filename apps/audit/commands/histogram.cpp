#include "commands/histogram.hpp"

#include <audit/text.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "ui/json.hpp"
#include "ui/pager.hpp"

namespace audit::cli {

namespace {

constexpr std::size_t kBarsPerLine = 60;  // where a line is no day

using Days = std::chrono::days;

// The last bar may end behind what a Timestamp can say.
std::string until_of(const Histogram& histogram, std::size_t bar) {
  if (bar + 1 < histogram.bars.size()) return to_rfc3339(histogram.bars[bar + 1].from);
  const std::int64_t from = nanoseconds(histogram.bars[bar].from);
  const std::int64_t room =
      std::numeric_limits<std::int64_t>::max() - std::max<std::int64_t>(from, 0);
  const std::int64_t width =
      from > 0 ? std::min(room, histogram.width.count()) : histogram.width.count();
  return to_rfc3339(from_nanoseconds(from + width));
}

std::string width_text(std::chrono::nanoseconds width) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(width).count();

  struct Unit {
    std::int64_t seconds;
    std::string_view one, many;
  };

  static constexpr std::array<Unit, 5> kUnits = {{{604'800, "week", "weeks"},
                                                  {86'400, "day", "days"},
                                                  {3600, "hour", "hours"},
                                                  {60, "minute", "minutes"},
                                                  {1, "second", "seconds"}}};
  for (const Unit& unit : kUnits) {
    if (seconds % unit.seconds != 0) continue;
    return counted(static_cast<std::uint64_t>(seconds / unit.seconds), unit.one, unit.many);
  }
  return {};
}

std::string_view spark(std::uint64_t count, std::uint64_t most) {
  static constexpr std::array<std::string_view, 9> kLevels = {
      "\u00b7", "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"};
  if (count == 0) return kLevels[0];
  const double share = static_cast<double>(count) / static_cast<double>(most);
  return kLevels[1 + std::min<std::size_t>(static_cast<std::size_t>(share * 8), 7)];
}

// How many bars a line has: those of a day, or as many of them as fit and make the lines of a day
// equally long.
std::size_t bars_per_line(std::chrono::nanoseconds width, std::size_t room) {
  if (width >= Days(1) || Days(1) % width != std::chrono::nanoseconds(0)) {
    return std::min(room, kBarsPerLine);
  }
  const auto day = static_cast<std::size_t>(Days(1) / width);
  for (std::size_t lines = 1; lines < day; ++lines) {
    if (day % lines == 0 && day / lines <= room) return day / lines;
  }
  return 1;
}

// The bars of one line, a space for each that is before the first or behind the last.
struct SparkLine {
  Timestamp from;
  std::string text;
  std::uint64_t count = 0;
};

std::vector<SparkLine> spark_lines(const Histogram& histogram, std::size_t per_line,
                                   std::uint64_t most) {
  std::vector<SparkLine> lines;
  std::size_t before = 0;
  if (histogram.width < Days(1) && Days(1) % histogram.width == std::chrono::nanoseconds(0)) {
    const std::int64_t day = std::chrono::nanoseconds(Days(1)).count();
    const std::int64_t in_day = (nanoseconds(histogram.bars.front().from) % day + day) % day;
    before = static_cast<std::size_t>(in_day / histogram.width.count()) % per_line;
  }
  for (std::size_t i = 0; i < histogram.bars.size(); ++i) {
    if ((i + before) % per_line == 0 || i == 0) {
      lines.push_back({histogram.bars[i].from, std::string(i == 0 ? before : 0, ' ')});
    }
    lines.back().text += spark(histogram.bars[i].count, most);
    lines.back().count += histogram.bars[i].count;
  }
  return lines;
}

// How many lines from `first` on have no entries.
std::size_t empty_lines(const std::vector<SparkLine>& lines, std::size_t first) {
  std::size_t last = first;
  while (last < lines.size() && lines[last].count == 0) ++last;
  return last - first;
}

void print_sparks(Context& context, const Histogram& histogram) {
  constexpr std::size_t kLabel = 16;
  constexpr std::size_t kCount = 14;
  const std::size_t columns = context.out.columns();
  const std::size_t room = columns > kLabel + kCount + 10 ? columns - kLabel - kCount : 10;
  const std::size_t per_line = bars_per_line(histogram.width, room);
  std::uint64_t most = 0;
  for (const Histogram::Bar& one : histogram.bars) most = std::max(most, one.count);
  const Style style = context.out_style();
  PagedOutput out(context);
  const std::vector<SparkLine> lines = spark_lines(histogram, per_line, most);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t empty = empty_lines(lines, i);
    if (empty > 2) {
      out.write(style.paint(Tone::dim, fmt::format("{:{}}  {} without entries\n", "\u22ee", kLabel,
                                                   counted(empty * per_line, "bar", "bars"))));
      i += empty - 1;
      continue;
    }
    const SparkLine& line = lines[i];
    std::string label = to_rfc3339(line.from).substr(0, kLabel);
    label[10] = ' ';
    const std::size_t padding = per_line + 2 - std::min(per_line, display_width(line.text));
    out.write(fmt::format("{}  {}{:{}}{}\n", style.paint(Tone::dim, label),
                          style.paint(Tone::accent, line.text), "", padding, grouped(line.count)));
  }
  const std::string legend = fmt::format("a bar is {}, the tallest {}; times are UTC",
                                         width_text(histogram.width), grouped(most));
  out.write(style.paint(Tone::dim, legend) + '\n');
  out.finish();
}

}  // namespace

void print_histogram(Context& context, const Histogram& histogram, bool as_json) {
  if (histogram.bars.empty()) return;
  if (!as_json && context.out.is_terminal()) return print_sparks(context, histogram);
  for (std::size_t i = 0; i < histogram.bars.size(); ++i) {
    const std::string from = to_rfc3339(histogram.bars[i].from);
    if (as_json) {
      JsonObject object;
      object.add("from", from).add("until", until_of(histogram, i));
      context.out.print("{}\n", object.add("count", histogram.bars[i].count).str());
    } else {
      context.out.print("{}  {}\n", from, histogram.bars[i].count);
    }
  }
}

}  // namespace audit::cli
