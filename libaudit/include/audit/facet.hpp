// audit/facet.hpp - how the answers to a question are spread: over values, over time.
//
// Place     ledger -> [query] -> export, report
// Threads   one thread at a time per view
// Errors    throws damaged, io of the ledger; limit and invalid_argument as named below
//
//   const std::array fields{audit::Field::agent, audit::Field::decision};
//   for (const auto& row : audit::count_by(view, question, fields).rows) print(row);
#pragma once

#include <audit/field.hpp>
#include <audit/ledger.hpp>
#include <audit/query.hpp>
#include <audit/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace audit {

// The most fields counted together, different values of them, and bars of a histogram.
inline constexpr std::size_t kMaxFacetFields = 3;
inline constexpr std::size_t kMaxFacetRows = 250'000;
inline constexpr std::size_t kMaxHistogramBars = 100'000;

struct Facets {
  struct Row {
    // One for each field, as text (numbers in the unit they are shown in, times as RFC 3339);
    // nothing: the entry has none. None sorts before any.
    std::vector<std::optional<std::string>> values;
    std::uint64_t count = 0;
  };

  std::vector<Row> rows;  // the most frequent first; where as frequent, by value
  SearchStatistics statistics;
};

// How many answers have each value, or combination of values of several fields. An entry counts once
// for each different element of a field that is a list.
//   options   its limit and its order do not matter
//   throws    invalid_argument (no field, or more than kMaxFacetFields), limit (more than
//             kMaxFacetRows)
[[nodiscard]] Facets count_by(const LedgerView& view, const Query& question,
                              std::span<const Field> fields, const SearchOptions& options = {});

// The same of several ledgers together.
[[nodiscard]] Facets count_by(std::span<const LedgerView> views, const Query& question,
                              std::span<const Field> fields, const SearchOptions& options = {});

struct Histogram {
  struct Bar {
    Timestamp from;
    std::uint64_t count = 0;
  };

  std::chrono::nanoseconds width{};
  std::vector<Bar> bars;  // ascending, without gaps from the first answer to the last
  SearchStatistics statistics;
};

// How many answers happened in each span of `width`, counted from 1970-01-01T00:00:00Z, whole weeks
// from a Monday.
//   throws    invalid_argument (a width below a second), limit (more than kMaxHistogramBars)
[[nodiscard]] Histogram count_over_time(const LedgerView& view, const Query& question,
                                        std::chrono::nanoseconds width,
                                        const SearchOptions& options = {});

// The same of several ledgers together.
[[nodiscard]] Histogram count_over_time(std::span<const LedgerView> views, const Query& question,
                                        std::chrono::nanoseconds width,
                                        const SearchOptions& options = {});

// A value that the question asks a field for and no entry has.
struct UnknownValue {
  Field field{};
  std::string value;
  // One that an entry has, within edit distance 2 and nearer than nothing at all; else empty.
  std::string nearest;
  // What entries have there, most often first; at most kMaxToldValues.
  std::vector<std::string> known;
};

inline constexpr std::size_t kMaxToldValues = 8;

// Why nothing may have been found, for those who typed the question: its single values (of a list of
// alternatives none is told), at most four.
//   cost      a count over everything for each field with such a value, from the index if there is one
[[nodiscard]] std::vector<UnknownValue> unknown_values(const LedgerView& view,
                                                       const Query& question);

// The same of several ledgers together: values that no entry has in any of them.
[[nodiscard]] std::vector<UnknownValue> unknown_values(std::span<const LedgerView> views,
                                                       const Query& question);

}  // namespace audit
