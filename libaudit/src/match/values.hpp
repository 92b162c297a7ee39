// match/values.hpp - what stands behind a colon, read as numbers: 12, >0.5, 10..20, 2026-08-01,
// true.
#pragma once

#include <audit/error.hpp>
#include <audit/time.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "match/lexer.hpp"
#include "match/number.hpp"
#include "match/query.hpp"

namespace audit::match {

inline constexpr const char* kNumberHint =
    "write for instance 1000, >0.5, <=10, 10..20, 10.. or ..20";

// A moment, or all of a day where only the day is given (2026-08-01, today, yesterday).
[[nodiscard]] Parsed<Bound> time_bound(std::string_view text, Timestamp now);

// 1 for true, yes and 1; 0 for false, no and 0.
[[nodiscard]] Parsed<Bound> boolean_bound(std::string_view text);

// The rank of a level of risk (event::risk_rank).
[[nodiscard]] Parsed<Bound> risk_bound(std::string_view text);

// The numbers that compare so with the bound.
[[nodiscard]] Range compared(const Bound& bound, Comparison comparison) noexcept;

// The two sides of an unquoted "10..20", one of which may be empty; else nothing.
using Sides = std::pair<std::string_view, std::string_view>;
[[nodiscard]] std::optional<Sides> sides_of(const ValueToken& value) noexcept;

// The numbers a value means: one, compared, or a range.
//   bound_of   reads one number; its error is given the place of the whole value
[[nodiscard]] Parsed<Range> range_of(
    const ValueToken& value, const std::function<Parsed<Bound>(std::string_view)>& bound_of);

}  // namespace audit::match
