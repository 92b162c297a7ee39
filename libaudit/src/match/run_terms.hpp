// match/run_terms.hpp - run.failures:>0: tests of whole runs, read.
#pragma once

#include <audit/error.hpp>
#include <audit/time.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

#include "match/lexer.hpp"
#include "match/query.hpp"

namespace audit::match {

struct RunName {
  // span: a length of time, written as 90s, 15m, 2h, or as a number of seconds.
  enum class Kind : std::uint8_t { text, risk, number, time, span, boolean };

  RunMeasure measure;
  std::string_view name;  // "run.failures"
  Kind kind;
  std::int64_t unit;  // shown value = stored value / unit
};

[[nodiscard]] const RunName& run_name(RunMeasure measure);

//   name   with "run."
[[nodiscard]] Parsed<OfRun> parse_run_test(std::string_view name, Span name_span,
                                           const std::vector<ValueToken>& values, Timestamp now);

}  // namespace audit::match
