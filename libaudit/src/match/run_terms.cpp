#include "match/run_terms.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "match/mistake.hpp"
#include "match/text_terms.hpp"
#include "match/values.hpp"

namespace audit::match {

namespace {

using Kind = RunName::Kind;

constexpr std::int64_t kNanos = 1'000'000'000;

// In the order of RunMeasure.
constexpr std::array<RunName, 18> kNames = {{
    {RunMeasure::agent, "run.agent", Kind::text, 1},
    {RunMeasure::agent_version, "run.agent_version", Kind::text, 1},
    {RunMeasure::environment, "run.environment", Kind::text, 1},
    {RunMeasure::risk, "run.risk", Kind::risk, 1},
    {RunMeasure::outcome, "run.outcome", Kind::text, 1},
    {RunMeasure::begin, "run.begin", Kind::time, 1},
    {RunMeasure::duration, "run.duration", Kind::span, kNanos},
    {RunMeasure::entries, "run.entries", Kind::number, 1},
    {RunMeasure::steps, "run.steps", Kind::number, 1},
    {RunMeasure::model_calls, "run.model_calls", Kind::number, 1},
    {RunMeasure::tool_calls, "run.tool_calls", Kind::number, 1},
    {RunMeasure::failures, "run.failures", Kind::number, 1},
    {RunMeasure::human_decisions, "run.human_decisions", Kind::number, 1},
    {RunMeasure::gaps, "run.gaps", Kind::number, 1},
    {RunMeasure::tokens_in, "run.tokens_in", Kind::number, 1},
    {RunMeasure::tokens_out, "run.tokens_out", Kind::number, 1},
    {RunMeasure::cost, "run.cost", Kind::number, kNanos},
    {RunMeasure::complete, "run.complete", Kind::boolean, 1},
}};

std::string_view nearest(std::string_view name) {
  constexpr std::size_t kFar = 2;
  std::string_view best;
  std::size_t least = kFar + 1;
  for (const RunName& known : kNames) {
    const std::size_t distance = base::edit_distance(name, known.name, kFar);
    if (distance >= least) continue;
    best = known.name;
    least = distance;
  }
  return best;
}

tl::unexpected<ParseError> refuse_name(std::string_view name, Span span) {
  const std::string_view near = nearest(name);
  return refuse(
      span, fmt::format("runs have no {}", shown(name)),
      near.empty() ? "what runs have: audit-query(7)" : fmt::format("did you mean '{}'?", near));
}

Parsed<Bound> span_bound(std::string_view text) {
  if (const auto bound = parse_number(text, kNanos)) return *bound;
  const Parsed<std::chrono::nanoseconds> span = parse_duration(text);
  if (!span) {
    return refuse({}, fmt::format("{} is no length of time", shown(text)),
                  "write for instance run.duration:>90s, >15m or >2h");
  }
  return Bound{Bound::Place::within, span->count(), span->count()};
}

Parsed<Bound> bound_of(const RunName& name, std::string_view text, Timestamp now) {
  switch (name.kind) {
    case Kind::time:
      return time_bound(text, now);
    case Kind::span:
      return span_bound(text);
    case Kind::boolean:
      return boolean_bound(text);
    case Kind::risk:
      return risk_bound(text);
    case Kind::text:
    case Kind::number:
      break;
  }
  if (const auto bound = parse_number(text, name.unit)) return *bound;
  return refuse({}, fmt::format("{} is not a number, which '{}' needs", shown(text), name.name),
                kNumberHint);
}

// The field whose words its values are.
Field field_of(RunMeasure measure) {
  switch (measure) {
    case RunMeasure::agent_version:
      return Field::agent_version;
    case RunMeasure::environment:
      return Field::environment;
    case RunMeasure::outcome:
      return Field::status;
    default:
      return Field::agent;
  }
}

}  // namespace

const RunName& run_name(RunMeasure measure) { return kNames[static_cast<std::size_t>(measure)]; }

Parsed<OfRun> parse_run_test(std::string_view name, Span name_span,
                             const std::vector<ValueToken>& values, Timestamp now) {
  const auto known = std::find_if(kNames.begin(), kNames.end(),
                                  [name](const RunName& one) { return one.name == name; });
  if (known == kNames.end()) return refuse_name(name, name_span);
  OfRun test{known->measure, {}, {}};
  if (known->kind == Kind::text) {
    Parsed<Texts> texts = parse_texts(field_of(known->measure), values);
    if (!texts) return tl::make_unexpected(std::move(texts.error()));
    test.texts = std::move(texts->any_of);
    return test;
  }
  for (const ValueToken& value : values) {
    if (value.star) {
      return refuse(value.span, fmt::format("'{}' is no text: a star has no meaning", name),
                    kNumberHint);
    }
    const Parsed<Range> range =
        range_of(value, [&](std::string_view text) { return bound_of(*known, text, now); });
    if (!range) return tl::make_unexpected(range.error());
    test.any_of.push_back(*range);
  }
  normalize(test.any_of);
  return test;
}

}  // namespace audit::match
