#include <audit/error.hpp>
#include <audit/facet.hpp>

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "event/value.hpp"
#include "query/gather.hpp"
#include "query/parts.hpp"

namespace audit {

namespace {

using ledger::EntryList;
using ledger::IndexView;
using query::EntrySet;

// Values as one key: each with its length before it, absent ones with none.
constexpr std::uint32_t kAbsent = 0xffffffff;

void append_part(std::string& key, std::optional<std::string_view> value) {
  base::put_be32(key, value ? static_cast<std::uint32_t>(value->size()) : kAbsent);
  if (value) key.append(*value);
}

std::vector<std::optional<std::string>> parts_of(std::string_view key) {
  std::vector<std::optional<std::string>> values;
  while (!key.empty()) {
    const std::uint32_t bytes = base::load_be32(key.data());
    key.remove_prefix(4);
    if (bytes == kAbsent) {
      values.emplace_back();
    } else {
      values.emplace_back(key.substr(0, bytes));
      key.remove_prefix(bytes);
    }
  }
  return values;
}

// What the entries of a segment have in one field, by number; 0 for none.
struct Column {
  std::vector<std::uint32_t> of_entry;
  std::vector<std::string> values;  // of number 1 and up

  Column(IndexView& index, std::size_t segment, std::uint32_t size, Field field) : of_entry(size) {
    index.field_lists(segment, field, [&](std::string_view value, const EntryList& list) {
      values.emplace_back(value);
      for (const std::uint32_t entry : list) {
        of_entry[entry] = static_cast<std::uint32_t>(values.size());
      }
    });
  }

  [[nodiscard]] std::optional<std::string_view> value(std::uint64_t number) const {
    if (number == 0) return std::nullopt;
    return values[static_cast<std::size_t>(number) - 1];
  }
};

// Counts values from the index where it has them, else from the entries.
class FacetCounter final : public query::AnswerVisitor {
 public:
  FacetCounter(const LedgerView& view, std::span<const Field> fields)
      : view_(view), fields_(fields.begin(), fields.end()) {}

  [[nodiscard]] FieldSet field_set() const {
    FieldSet set;
    for (const Field field : fields_) set.add(field);
    return set;
  }

  void answer(const Entry& entry) override {
    key_.clear();
    add_entry(entry.envelope, 0);
  }

  void answers(IndexView& index, std::size_t segment, const EntrySet& set) override {
    const std::uint32_t count = set.count();
    if (count <= query::kFewRows || !are_terms(index, segment)) return read(index, segment, set);
    if (fields_.size() > 1) return add_combinations(index, segment, set);
    if (count == set.size() && info(fields_[0]).type != FieldType::list) {
      add_all(index, segment, count);
    } else {
      add_some(index, segment, set);
    }
  }

  [[nodiscard]] std::vector<Facets::Row> rows() const {
    std::vector<Facets::Row> rows;
    rows.reserve(counts_.size());
    for (const auto& [key, count] : counts_) rows.push_back({parts_of(key), count});
    std::sort(rows.begin(), rows.end(), [](const Facets::Row& a, const Facets::Row& b) {
      return a.count != b.count ? a.count > b.count : a.values < b.values;
    });
    return rows;
  }

 private:
  // Whether the index knows all values of the fields, one for each entry where several are counted.
  [[nodiscard]] bool are_terms(IndexView& index, std::size_t segment) const {
    return std::all_of(fields_.begin(), fields_.end(), [&](Field field) {
      return ledger::indexing_of(field) == ledger::FieldIndexing::term &&
             (fields_.size() == 1 || info(field).type != FieldType::list) &&
             index.field_count(segment, field, {}) == 0;  // long ones are no terms
    });
  }

  // Every value of an entry for the field at `place`, each with every one of the fields behind it.
  void add_entry(const Envelope& envelope, std::size_t place) {
    if (place == fields_.size()) return add(key_, 1);
    const std::size_t before = key_.size();
    bool any = false;
    for (std::size_t i = 0; i < envelope.size(); ++i) {
      if (envelope.at(i).field != fields_[place]) continue;
      any = true;
      std::string text;
      event::append_value(text, envelope.at(i));
      append_part(key_, text);
      add_entry(envelope, place + 1);
      key_.resize(before);
    }
    if (any) return;
    append_part(key_, std::nullopt);
    add_entry(envelope, place + 1);
    key_.resize(before);
  }

  void add_value(std::optional<std::string_view> value, std::uint64_t count) {
    if (count == 0) return;
    key_.clear();
    append_part(key_, value);
    add(key_, count);
  }

  void add(const std::string& key, std::uint64_t count) {
    counts_[key] += count;
    if (counts_.size() <= kMaxFacetRows) return;
    throw Error(ErrorCode::limit,
                fmt::format("there are more than {} different values", kMaxFacetRows),
                "ask for fewer entries, or count by another field");
  }

  void add_all(IndexView& index, std::size_t segment, std::uint64_t size) {
    std::uint64_t with = 0;
    index.field_values(segment, fields_[0], [&](std::string_view value, std::uint32_t count) {
      add_value(value, count);
      with += count;
    });
    add_value(std::nullopt, size - std::min(with, size));
  }

  void add_some(IndexView& index, std::size_t segment, const EntrySet& set) {
    EntrySet without = set;
    index.field_lists(segment, fields_[0], [&](std::string_view value, const EntryList& list) {
      EntrySet with(set.size());
      with.add(list);
      without.drop(with);
      with.keep(set);
      add_value(value, with.count());
    });
    add_value(std::nullopt, without.count());
  }

  void add_combinations(IndexView& index, std::size_t segment, const EntrySet& set) {
    std::vector<Column> columns;
    columns.reserve(fields_.size());
    for (const Field field : fields_) columns.emplace_back(index, segment, set.size(), field);
    // Fewer than 2^18 numbers for each of three fields: their product is below 2^64.
    std::unordered_map<std::uint64_t, std::uint64_t> counts;
    for (auto at = set.first_from(0); at; at = set.first_from(*at + 1)) {
      std::uint64_t code = 0;
      for (const Column& column : columns) {
        code = code * (column.values.size() + 1) + column.of_entry[*at];
      }
      ++counts[code];
    }
    for (const auto& [code, count] : counts) add_combination(columns, code, count);
  }

  void add_combination(const std::vector<Column>& columns, std::uint64_t code,
                       std::uint64_t count) {
    std::vector<std::optional<std::string_view>> values(columns.size());
    for (std::size_t i = columns.size(); i-- > 0;) {
      values[i] = columns[i].value(code % (columns[i].values.size() + 1));
      code /= columns[i].values.size() + 1;
    }
    key_.clear();
    for (const auto& value : values) append_part(key_, value);
    add(key_, count);
  }

  void read(const IndexView& index, std::size_t segment, const EntrySet& set) {
    if (!rows_) rows_ = view_.entries({0, 0}, Order::oldest_first, field_set(), false);
    query::each_entry(*rows_, index.range(segment).first, set,
                      [this](const Entry& entry) { answer(entry); });
  }

  const LedgerView& view_;
  std::vector<Field> fields_;
  std::optional<EntryCursor> rows_;
  std::unordered_map<std::string, std::uint64_t> counts_;
  std::string key_;
};

// Counts by time: whole blocks of a segment where they lie within one bar, else entry by entry.
class TimeCounter final : public query::AnswerVisitor {
 public:
  TimeCounter(const LedgerView& view, std::int64_t width) : view_(view), width_(width) {
    constexpr std::int64_t kDay = 86'400'000'000'000;
    if (width % (7 * kDay) == 0) start_ = 4 * kDay;  // 1970-01-05 was a Monday
  }

  void answer(const Entry& entry) override { add(bar_of(nanoseconds(entry.when())), 1); }

  void answers(IndexView& index, std::size_t segment, const EntrySet& set) override {
    const auto& blocks = index.time_blocks(segment);
    EntrySet rest(set.size());
    bool any_left = false;
    for (std::uint32_t i = 0; i < blocks.size(); ++i) {
      const std::uint32_t first = i * ledger::kTimeBlockEntries;
      const std::uint32_t last = std::min(first + ledger::kTimeBlockEntries, set.size());
      const std::int64_t bar = bar_of(blocks[i].min);
      if (bar == bar_of(blocks[i].max)) {
        const std::uint32_t count = set.count(first, last);
        if (count > 0) add(bar, count);
      } else {
        rest.add_range(first, last);
        any_left = true;
      }
    }
    if (!any_left) return;
    rest.keep(set);
    if (!rows_) rows_ = view_.entries({0, 0}, Order::oldest_first, {Field::time}, false);
    query::each_entry(*rows_, index.range(segment).first, rest,
                      [this](const Entry& entry) { answer(entry); });
  }

  [[nodiscard]] std::vector<Histogram::Bar> bars() const {
    std::vector<Histogram::Bar> bars;
    if (counts_.empty()) return bars;
    const auto [low, high] = std::minmax_element(counts_.begin(), counts_.end());
    const std::uint64_t gap =
        static_cast<std::uint64_t>(high->first) - static_cast<std::uint64_t>(low->first);
    if (gap >= kMaxHistogramBars) refuse();
    for (std::int64_t bar = low->first; bar <= high->first; ++bar) {
      const auto found = counts_.find(bar);
      bars.push_back(
          {from_nanoseconds(start_ + bar * width_), found == counts_.end() ? 0 : found->second});
    }
    return bars;
  }

 private:
  [[noreturn]] static void refuse() {
    throw Error(ErrorCode::limit,
                fmt::format("the histogram would have more than {} bars", kMaxHistogramBars),
                "choose a longer span, or ask for a shorter time with since: and until:");
  }

  // Rounded down, before 1970 too.
  [[nodiscard]] std::int64_t bar_of(std::int64_t when) const {
    const std::int64_t after = when < std::numeric_limits<std::int64_t>::min() + start_
                                   ? std::numeric_limits<std::int64_t>::min()
                                   : when - start_;
    return after / width_ - (after % width_ < 0 ? 1 : 0);
  }

  void add(std::int64_t bar, std::uint64_t count) {
    counts_[bar] += count;
    if (counts_.size() > kMaxHistogramBars) refuse();
  }

  const LedgerView& view_;
  std::int64_t width_;
  std::int64_t start_ = 0;
  std::optional<EntryCursor> rows_;
  std::unordered_map<std::int64_t, std::uint64_t> counts_;
};

}  // namespace

Facets count_by(const LedgerView& view, const Query& question, std::span<const Field> fields,
                const SearchOptions& options) {
  if (fields.empty() || fields.size() > kMaxFacetFields) {
    throw Error(ErrorCode::invalid_argument,
                fmt::format("{} fields to count by, want 1 to {}", fields.size(), kMaxFacetFields));
  }
  FacetCounter counter(view, fields);
  Facets facets;
  facets.statistics = query::gather(view, question, options, counter.field_set(), counter);
  facets.rows = counter.rows();
  return facets;
}

Histogram count_over_time(const LedgerView& view, const Query& question,
                          std::chrono::nanoseconds width, const SearchOptions& options) {
  if (width < std::chrono::seconds(1)) {
    throw Error(ErrorCode::invalid_argument, "the bars of a histogram are a second wide or more");
  }
  TimeCounter counter(view, width.count());
  Histogram histogram;
  histogram.width = width;
  histogram.statistics = query::gather(view, question, options, {Field::time}, counter);
  histogram.bars = counter.bars();
  return histogram;
}

}  // namespace audit
