#include "match/values.hpp"

#include <chrono>
#include <string>

#include <fmt/format.h>

#include "base/text.hpp"
#include "event/kind.hpp"
#include "match/mistake.hpp"

namespace audit::match {

namespace {

constexpr std::int64_t kDay = std::chrono::nanoseconds(std::chrono::days(1)).count();

bool is_whole_day(std::string_view text) {
  constexpr std::size_t kDateLength = 10;
  return text == "today" || text == "yesterday" ||
         (text.size() == kDateLength && text[0] >= '0' && text[0] <= '9' && text[4] == '-');
}

Bound exactly(std::int64_t number) { return {Bound::Place::within, number, number}; }

}  // namespace

Parsed<Bound> time_bound(std::string_view text, Timestamp now) {
  const Parsed<Timestamp> time = parse_time(text, now);
  if (!time) return tl::make_unexpected(time.error());
  Bound bound = exactly(nanoseconds(*time));
  if (is_whole_day(text) && __builtin_add_overflow(bound.first, kDay - 1, &bound.last)) {
    bound.last = nanoseconds(Timestamp::max());
  }
  return bound;
}

Parsed<Bound> boolean_bound(std::string_view text) {
  const std::string word = base::to_lower_ascii(text);
  if (word == "true" || word == "yes" || word == "1") return exactly(1);
  if (word == "false" || word == "no" || word == "0") return exactly(0);
  return refuse({}, fmt::format("{} is neither true nor false", shown(text)),
                "write true, false, yes, no, 1 or 0");
}

Parsed<Bound> risk_bound(std::string_view text) {
  const int rank = event::risk_rank(event::canonical_risk(text));
  if (rank >= 0) return exactly(rank);
  return refuse({}, fmt::format("{} is not a level of risk", shown(text)),
                "the levels are low, medium, high and critical");
}

Range compared(const Bound& bound, Comparison comparison) noexcept {
  switch (comparison) {
    case Comparison::less:
      return below(bound, false);
    case Comparison::less_equal:
      return below(bound, true);
    case Comparison::greater:
      return above(bound, false);
    case Comparison::greater_equal:
      return above(bound, true);
    case Comparison::none:
      break;
  }
  return equal_to(bound);
}

std::optional<Sides> sides_of(const ValueToken& value) noexcept {
  const std::string_view text = value.text;
  const std::size_t dots = text.find("..");
  if (value.quoted || value.comparison != Comparison::none || dots == std::string_view::npos ||
      text.size() == 2) {
    return std::nullopt;
  }
  return Sides(text.substr(0, dots), text.substr(dots + 2));
}

Parsed<Range> range_of(const ValueToken& value,
                       const std::function<Parsed<Bound>(std::string_view)>& bound_of) {
  const auto marked = [&](ParseError error) {
    return refuse(value.span, std::move(error.message), std::move(error.hint));
  };
  const auto sides = sides_of(value);
  if (!sides) {
    const Parsed<Bound> bound = bound_of(value.text);
    if (!bound) return marked(bound.error());
    return compared(*bound, value.comparison);
  }
  Range low;
  Range high;
  if (!sides->first.empty()) {
    const Parsed<Bound> bound = bound_of(sides->first);
    if (!bound) return marked(bound.error());
    low = above(*bound, true);
  }
  if (!sides->second.empty()) {
    const Parsed<Bound> bound = bound_of(sides->second);
    if (!bound) return marked(bound.error());
    high = below(*bound, true);
  }
  if (!sides->first.empty() && !sides->second.empty() && low.first > high.last) {
    return refuse(value.span, fmt::format("the range {} is empty", shown(value.text)),
                  "write the smaller end first");
  }
  return common(low, high);
}

}  // namespace audit::match
