// match/whole_terms.hpp - run.failures:>0, call.approved:no: tests of runs and calls, read.
#pragma once

#include <audit/error.hpp>
#include <audit/time.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

#include "match/lexer.hpp"
#include "match/query.hpp"

namespace audit::match {

struct WholeName {
  // span: a length of time, written as 90s, 15m, 2h, or as a number of seconds.
  enum class Kind : std::uint8_t { text, risk, number, time, span, boolean };

  WholeMeasure measure;
  std::string_view name;  // "run.failures", "call.approved"
  Kind kind;
  std::int64_t unit;  // shown value = stored value / unit
};

[[nodiscard]] const WholeName& whole_name(WholeMeasure measure);

//   name   with "run." or "call."
[[nodiscard]] Parsed<OfWhole> parse_whole_test(std::string_view name, Span name_span,
                                               const std::vector<ValueToken>& values,
                                               Timestamp now);

}  // namespace audit::match
