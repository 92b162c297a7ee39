#include <audit/error.hpp>
#include <audit/facet.hpp>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "event/value.hpp"
#include "query/gather.hpp"

namespace audit {

namespace {

using ledger::EntryList;
using ledger::IndexView;
using query::EntrySet;

// Fewer answers than this in a segment are read: the index has the values of all its entries.
constexpr std::uint32_t kWorthTheIndex = 256;

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

// A file of a stranger may have as many values as it likes, and as long ones.
constexpr std::size_t kMaxKeyBytes = std::size_t{64} << 20;

class Counts {
 public:
  void add(const std::string& key, std::uint64_t count) {
    const auto [place, is_new] = counts_.try_emplace(key, 0);
    place->second += count;
    if (is_new) key_bytes_ += key.size();
    if (counts_.size() > kMaxFacetRows || key_bytes_ > kMaxKeyBytes) refuse();
  }

  [[nodiscard]] const std::unordered_map<std::string, std::uint64_t>& all() const {
    return counts_;
  }

 private:
  [[noreturn]] static void refuse() {
    throw Error(
        ErrorCode::limit,
        fmt::format("there are more than {} different values, or very long ones", kMaxFacetRows),
        "ask for fewer entries, or count by another field");
  }

  std::unordered_map<std::string, std::uint64_t> counts_;
  std::size_t key_bytes_ = 0;
};

[[noreturn]] void throw_damaged() {
  throw Error(ErrorCode::damaged, "the index has more values than entries",
              "run 'audit verify --rebuild-index'");
}

// What the entries of a segment have in one field, by number; 0 for none.
struct Column {
  std::vector<std::uint32_t> of_entry;
  std::vector<std::string> values;  // of number 1 and up

  Column(IndexView& index, std::size_t segment, std::uint32_t size, Field field) : of_entry(size) {
    index.field_lists(segment, field, [&](std::string_view value, const EntryList& list) {
      if (values.size() == size) throw_damaged();
      values.emplace_back(value);
      for (const std::uint32_t entry : list) {
        of_entry[entry] = static_cast<std::uint32_t>(values.size());
      }
    });
  }

  [[nodiscard]] std::uint64_t numbers() const { return values.size() + 1; }

  [[nodiscard]] std::optional<std::string_view> value(std::uint64_t number) const {
    if (number == 0) return std::nullopt;
    return values[static_cast<std::size_t>(number) - 1];
  }
};

// One value at most for each entry of a segment, and none: the numbers of all fields are one code.
static_assert(ledger::kMaxSegmentEntries < 1U << 20 && kMaxFacetFields * 20 < 64);

// The counts of one segment, as the index has them.
class IndexedCounts {
 public:
  IndexedCounts(IndexView& index, std::size_t segment, const std::vector<Field>& fields)
      : index_(index), segment_(segment), fields_(fields) {}

  // Whether the index knows all values of the fields, one for each entry where several are counted.
  [[nodiscard]] bool are_complete() const {
    return std::all_of(fields_.begin(), fields_.end(), [&](Field field) {
      return ledger::indexing_of(field) == ledger::FieldIndexing::term &&
             (fields_.size() == 1 || info(field).type != FieldType::list) &&
             index_.field_count(segment_, field, {}) == 0;  // long ones are no terms
    });
  }

  [[nodiscard]] Counts of(const EntrySet& set) {
    if (fields_.size() > 1) {
      add_combinations(set);
    } else if (info(fields_[0]).type != FieldType::list && set.count() == set.size()) {
      add_all(set.size());
    } else {
      add_some(set);
    }
    return std::move(counts_);
  }

 private:
  void add_value(std::optional<std::string_view> value, std::uint64_t count) {
    if (count == 0) return;
    key_.clear();
    append_part(key_, value);
    counts_.add(key_, count);
  }

  void add_all(std::uint64_t size) {
    std::uint64_t with = 0;
    index_.field_values(segment_, fields_[0], [&](std::string_view value, std::uint32_t count) {
      add_value(value, count);
      with += count;
      if (with > size) throw_damaged();
    });
    add_value(std::nullopt, size - with);
  }

  void add_some(const EntrySet& set) {
    EntrySet with(set.size());
    index_.field_lists(segment_, fields_[0], [&](std::string_view value, const EntryList& list) {
      with.add(list);
      const auto count = std::count_if(list.begin(), list.end(),
                                       [&](std::uint32_t entry) { return set.has(entry); });
      add_value(value, static_cast<std::uint64_t>(count));
    });
    with.keep(set);
    add_value(std::nullopt, set.count() - with.count());
  }

  void add_combinations(const EntrySet& set) {
    std::vector<Column> columns;
    columns.reserve(fields_.size());
    for (const Field field : fields_) columns.emplace_back(index_, segment_, set.size(), field);
    std::unordered_map<std::uint64_t, std::uint64_t> counts;
    for (auto at = set.first_from(0); at; at = set.first_from(*at + 1)) {
      std::uint64_t code = 0;
      for (const Column& column : columns) code = code * column.numbers() + column.of_entry[*at];
      ++counts[code];
    }
    for (const auto& [code, count] : counts) add_combination(columns, code, count);
  }

  void add_combination(const std::vector<Column>& columns, std::uint64_t code,
                       std::uint64_t count) {
    std::vector<std::optional<std::string_view>> values(columns.size());
    for (std::size_t i = columns.size(); i-- > 0;) {
      values[i] = columns[i].value(code % columns[i].numbers());
      code /= columns[i].numbers();
    }
    key_.clear();
    for (const auto& value : values) append_part(key_, value);
    counts_.add(key_, count);
  }

  IndexView& index_;
  std::size_t segment_;
  const std::vector<Field>& fields_;
  Counts counts_;
  std::string key_;
};

class FacetCounter final : public query::AnswerVisitor {
 public:
  explicit FacetCounter(std::span<const Field> fields) : fields_(fields.begin(), fields.end()) {}

  [[nodiscard]] FieldSet fields() const override {
    FieldSet set;
    for (const Field field : fields_) set.add(field);
    return set;
  }

  void take(const Entry& entry) override {
    key_.clear();
    take_from(entry.envelope, 0);
  }

  [[nodiscard]] EntrySet take_known(IndexView& index, std::size_t segment,
                                    const EntrySet& set) override {
    IndexedCounts indexed(index, segment, fields_);
    if (set.count() < kWorthTheIndex || !indexed.are_complete()) return set;
    const Counts counts = indexed.of(set);
    for (const auto& [key, count] : counts.all()) counts_.add(key, count);
    return EntrySet(set.size());
  }

  [[nodiscard]] std::vector<Facets::Row> rows() const {
    std::vector<Facets::Row> rows;
    rows.reserve(counts_.all().size());
    for (const auto& [key, count] : counts_.all()) rows.push_back({parts_of(key), count});
    std::sort(rows.begin(), rows.end(), [](const Facets::Row& a, const Facets::Row& b) {
      return a.count != b.count ? a.count > b.count : a.values < b.values;
    });
    return rows;
  }

 private:
  // Every value of an entry for the field at `place`, each with every one of the fields behind it.
  void take_from(const Envelope& envelope, std::size_t place) {
    if (place == fields_.size()) return counts_.add(key_, 1);
    const std::vector<std::string> values = values_of(envelope, fields_[place]);
    const std::size_t before = key_.size();
    for (const std::string& value : values) {
      append_part(key_, value);
      take_from(envelope, place + 1);
      key_.resize(before);
    }
    if (!values.empty()) return;
    append_part(key_, std::nullopt);
    take_from(envelope, place + 1);
    key_.resize(before);
  }

  // Each once, as in the index.
  static std::vector<std::string> values_of(const Envelope& envelope, Field field) {
    std::vector<std::string> values;
    for (std::size_t i = 0; i < envelope.size(); ++i) {
      if (envelope.at(i).field == field) event::append_value(values.emplace_back(), envelope.at(i));
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
  }

  std::vector<Field> fields_;
  Counts counts_;
  std::string key_;
};

}  // namespace

Facets count_by(const LedgerView& view, const Query& question, std::span<const Field> fields,
                const SearchOptions& options) {
  return count_by(std::span(&view, 1), question, fields, options);
}

Facets count_by(std::span<const LedgerView> views, const Query& question,
                std::span<const Field> fields, const SearchOptions& options) {
  if (fields.empty() || fields.size() > kMaxFacetFields) {
    throw Error(ErrorCode::invalid_argument,
                fmt::format("{} fields to count by, want 1 to {}", fields.size(), kMaxFacetFields));
  }
  FacetCounter counter(fields);
  Facets facets;
  facets.statistics = query::gather(views, question, options, counter);
  facets.rows = counter.rows();
  return facets;
}

}  // namespace audit
