// match/number.hpp - numbers as people write them, compared without rounding.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "match/query.hpp"

namespace audit::match {

// Something stored numbers are compared with: those from `first` to `last` are equal to it. One
// number for 12; a whole day for a date; none for 0.5, which lies between first - 1 and first,
// and has last = first - 1.
struct Bound {
  enum class Place : std::uint8_t { below, within, above };  // of what 64 bits hold

  Place place = Place::within;
  std::int64_t first = 0;
  std::int64_t last = 0;
};

// A range that holds nothing.
inline constexpr Range kNoNumbers{1, 0};

[[nodiscard]] Range equal_to(const Bound& bound) noexcept;
[[nodiscard]] Range above(const Bound& bound, bool or_equal) noexcept;
[[nodiscard]] Range below(const Bound& bound, bool or_equal) noexcept;

// The numbers in both; may be empty (first > last).
[[nodiscard]] Range common(const Range& a, const Range& b) noexcept;

// value * unit for a decimal number such as -12, 0.5 or 1.5e3: digits with at most one point, an
// optional sign, an optional exponent of at most three digits. Nothing for other text.
//   unit   a power of ten
[[nodiscard]] std::optional<Bound> parse_number(std::string_view text, std::int64_t unit);

// A number as JSON writes it (no leading zeros or plus), exact where it fits 64 bits.
[[nodiscard]] std::optional<long double> parse_json_number(std::string_view text) noexcept;

}  // namespace audit::match
