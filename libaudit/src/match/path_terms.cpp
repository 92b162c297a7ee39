#include "match/path_terms.hpp"

#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "match/mistake.hpp"
#include "match/number.hpp"
#include "match/values.hpp"

namespace audit::match {

namespace {

PathValue value_of(PathValue::Kind kind, std::string text = {}) {
  PathValue value;
  value.kind = kind;
  value.text = std::move(text);
  return value;
}

PathValue numbers(std::optional<long double> low, std::optional<long double> high) {
  constexpr long double kInfinity = std::numeric_limits<long double>::infinity();
  PathValue value = value_of(PathValue::Kind::number);
  value.low = low.value_or(-kInfinity);
  value.high = high.value_or(kInfinity);
  return value;
}

PathValue times(const Range& range) {
  PathValue value = value_of(PathValue::Kind::time);
  value.times = range;
  return value;
}

PathValue number_comparison(long double number, Comparison comparison) {
  const bool less = comparison == Comparison::less || comparison == Comparison::less_equal;
  PathValue value = less ? numbers({}, number) : numbers(number, {});
  value.low_open = comparison == Comparison::greater;
  value.high_open = comparison == Comparison::less;
  return value;
}

Parsed<PathValue> comparison_of(const ValueToken& value, Timestamp now) {
  const auto number = parse_json_number(value.text);
  if (number && !value.star) return number_comparison(*number, value.comparison);
  const Parsed<Bound> bound = time_bound(value.text, now);
  if (bound && !value.star) return times(compared(*bound, value.comparison));
  return refuse(value.span, fmt::format("{} is neither a number nor a time", shown(value.text)),
                kNumberHint);
}

// "10..20" or "2026-01-01..", else nothing: two dots may be part of a text.
std::optional<PathValue> range_at(const ValueToken& value, Timestamp now) {
  const auto sides = sides_of(value);
  if (!sides || value.star) return std::nullopt;
  const auto low = parse_json_number(sides->first);
  const auto high = parse_json_number(sides->second);
  if ((low || sides->first.empty()) && (high || sides->second.empty())) return numbers(low, high);
  const auto range =
      range_of(value, [now](std::string_view text) { return time_bound(text, now); });
  if (!range) return std::nullopt;
  return times(*range);
}

}  // namespace

Parsed<Path> parse_path_test(std::string_view path, const std::vector<ValueToken>& values,
                             Timestamp now) {
  Path test{std::string(path), {}};
  for (const ValueToken& value : values) {
    if (value.comparison != Comparison::none) {
      Parsed<PathValue> comparison = comparison_of(value, now);
      if (!comparison) return tl::make_unexpected(std::move(comparison.error()));
      test.any_of.push_back(std::move(*comparison));
    } else if (auto range = range_at(value, now)) {
      test.any_of.push_back(std::move(*range));
    } else if (value.star) {
      const auto kind = value.text.empty() ? PathValue::Kind::any : PathValue::Kind::prefix;
      test.any_of.push_back(value_of(kind, value.text));
    } else {
      test.any_of.push_back(value_of(PathValue::Kind::text, value.text));
      const auto number = value.quoted ? std::nullopt : parse_json_number(value.text);
      if (number) test.any_of.push_back(numbers(*number, *number));
    }
  }
  return test;
}

Path any_value_at(std::string_view path) {
  return {std::string(path), {value_of(PathValue::Kind::any)}};
}

}  // namespace audit::match
