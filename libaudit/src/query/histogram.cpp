#include <audit/error.hpp>
#include <audit/facet.hpp>

#include <algorithm>
#include <limits>
#include <unordered_map>

#include <fmt/format.h>

#include "query/gather.hpp"

namespace audit {

namespace {

using ledger::IndexView;
using query::EntrySet;

constexpr std::int64_t kDay = 86'400'000'000'000;

[[noreturn]] void refuse() {
  throw Error(ErrorCode::limit,
              fmt::format("the histogram would have more than {} bars", kMaxHistogramBars),
              "choose a longer span, or ask for a shorter time with since: and until:");
}

// Bars have numbers: bar n begins at start + n * width.
class Bars {
 public:
  explicit Bars(std::int64_t width)
      : width_(width), start_(width % (7 * kDay) == 0 ? 4 * kDay : 0) {}  // 1970-01-05, a Monday

  // Rounded down, before the start too.
  [[nodiscard]] std::int64_t of(std::int64_t when) const {
    constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
    const std::int64_t since = when < kLeast + start_ ? kLeast : when - start_;
    return since / width_ - (since % width_ < 0 ? 1 : 0);
  }

  // The first one may begin before what a Timestamp can say.
  [[nodiscard]] Timestamp begin(std::int64_t bar) const {
    std::int64_t when = 0;
    if (__builtin_mul_overflow(bar, width_, &when) || __builtin_add_overflow(when, start_, &when)) {
      when = std::numeric_limits<std::int64_t>::min();
    }
    return from_nanoseconds(when);
  }

 private:
  std::int64_t width_;
  std::int64_t start_;
};

// Counts whole blocks of a segment where they lie within one bar, else entry by entry.
class TimeCounter final : public query::AnswerVisitor {
 public:
  explicit TimeCounter(std::int64_t width) : bars_(width) {}

  [[nodiscard]] FieldSet fields() const override { return {Field::time}; }

  void take(const Entry& entry) override { add(bars_.of(nanoseconds(entry.when())), 1); }

  [[nodiscard]] EntrySet take_known(IndexView& index, std::size_t segment,
                                    const EntrySet& set) override {
    const auto& blocks = index.time_blocks(segment);
    EntrySet rest(set.size());
    for (std::uint32_t i = 0; i < blocks.size(); ++i) {
      const std::uint32_t first = i * ledger::kTimeBlockEntries;
      const std::uint32_t last = std::min(first + ledger::kTimeBlockEntries, set.size());
      const std::int64_t bar = bars_.of(blocks[i].min);
      if (bar != bars_.of(blocks[i].max)) {
        rest.add_range(first, last);
      } else if (const std::uint32_t count = set.count(first, last); count > 0) {
        add(bar, count);
      }
    }
    rest.keep(set);
    return rest;
  }

  [[nodiscard]] std::vector<Histogram::Bar> bars() const {
    std::vector<Histogram::Bar> bars;
    if (counts_.empty()) return bars;
    const auto [lowest, highest] = std::minmax_element(counts_.begin(), counts_.end());
    const auto gap =
        static_cast<std::uint64_t>(highest->first) - static_cast<std::uint64_t>(lowest->first);
    if (gap >= kMaxHistogramBars) refuse();
    for (std::int64_t bar = lowest->first; bar <= highest->first; ++bar) {
      const auto found = counts_.find(bar);
      bars.push_back({bars_.begin(bar), found == counts_.end() ? 0 : found->second});
    }
    return bars;
  }

 private:
  void add(std::int64_t bar, std::uint64_t count) {
    counts_[bar] += count;
    if (counts_.size() > kMaxHistogramBars) refuse();
  }

  Bars bars_;
  std::unordered_map<std::int64_t, std::uint64_t> counts_;
};

}  // namespace

Histogram count_over_time(const LedgerView& view, const Query& question,
                          std::chrono::nanoseconds width, const SearchOptions& options) {
  return count_over_time(std::span(&view, 1), question, width, options);
}

Histogram count_over_time(std::span<const LedgerView> views, const Query& question,
                          std::chrono::nanoseconds width, const SearchOptions& options) {
  if (width < std::chrono::seconds(1)) {
    throw Error(ErrorCode::invalid_argument, "the bars of a histogram are a second wide or more");
  }
  TimeCounter counter(width.count());
  Histogram histogram;
  histogram.width = width;
  histogram.statistics = query::gather(views, question, options, counter);
  histogram.bars = counter.bars();
  return histogram;
}

}  // namespace audit
