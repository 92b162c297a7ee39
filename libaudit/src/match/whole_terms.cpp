#include "match/whole_terms.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest.hpp"
#include "base/text.hpp"
#include "match/mistake.hpp"
#include "match/text_terms.hpp"
#include "match/values.hpp"

namespace audit::match {

namespace {

using Kind = WholeName::Kind;

constexpr std::int64_t kNanos = 1'000'000'000;

// In the order of WholeMeasure.
constexpr std::array<WholeName, 26> kNames = {{
    {WholeMeasure::run_agent, "run.agent", Kind::text, 1},
    {WholeMeasure::run_agent_version, "run.agent_version", Kind::text, 1},
    {WholeMeasure::run_environment, "run.environment", Kind::text, 1},
    {WholeMeasure::run_risk, "run.risk", Kind::risk, 1},
    {WholeMeasure::run_outcome, "run.outcome", Kind::text, 1},
    {WholeMeasure::run_begin, "run.begin", Kind::time, 1},
    {WholeMeasure::run_duration, "run.duration", Kind::span, kNanos},
    {WholeMeasure::run_entries, "run.entries", Kind::number, 1},
    {WholeMeasure::run_steps, "run.steps", Kind::number, 1},
    {WholeMeasure::run_model_calls, "run.model_calls", Kind::number, 1},
    {WholeMeasure::run_tool_calls, "run.tool_calls", Kind::number, 1},
    {WholeMeasure::run_failures, "run.failures", Kind::number, 1},
    {WholeMeasure::run_human_decisions, "run.human_decisions", Kind::number, 1},
    {WholeMeasure::run_gaps, "run.gaps", Kind::number, 1},
    {WholeMeasure::run_tokens_in, "run.tokens_in", Kind::number, 1},
    {WholeMeasure::run_tokens_out, "run.tokens_out", Kind::number, 1},
    {WholeMeasure::run_cost, "run.cost", Kind::number, kNanos},
    {WholeMeasure::run_complete, "run.complete", Kind::boolean, 1},
    {WholeMeasure::call_requested, "call.requested", Kind::boolean, 1},
    {WholeMeasure::call_approved, "call.approved", Kind::boolean, 1},
    {WholeMeasure::call_allowed, "call.allowed", Kind::boolean, 1},
    {WholeMeasure::call_denied, "call.denied", Kind::boolean, 1},
    {WholeMeasure::call_ran, "call.ran", Kind::boolean, 1},
    {WholeMeasure::call_by, "call.by", Kind::text, 1},
    {WholeMeasure::call_outcome, "call.outcome", Kind::text, 1},
    {WholeMeasure::call_gap, "call.gap", Kind::text, 1},
}};

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (static_cast<std::size_t>(kNames[i].measure) != i) return false;
  }
  return true;
}

static_assert(is_in_order());

// What a call may lack (to_string(Gap::Kind), audit/trace.hpp).
constexpr std::array<std::string_view, 9> kGapsOfCalls = {
    "call-missing", "result-missing", "decision-missing", "not-approved", "approved-late",
    "denied",       "repeated",       "ambiguous",        "changed"};

constexpr std::string_view name_in(std::string_view name) { return name; }

constexpr std::string_view name_in(const WholeName& name) { return name.name; }

// Empty if nothing is near.
template <class Known>
std::string_view nearest_in(std::string_view name, const Known& all) {
  base::Nearest nearest(name);
  for (const auto& known : all) nearest.consider(name_in(known));
  return nearest.best();
}

tl::unexpected<ParseError> refuse_name(std::string_view name, Span span) {
  const std::string_view near = nearest_in(name, kNames);
  const std::string_view what = name.starts_with("run.") ? "runs" : "calls";
  return refuse(span, fmt::format("{} have no {}", what, shown(name)),
                near.empty() ? fmt::format("what {} have: audit-query(7)", what)
                             : fmt::format("did you mean '{}'?", near));
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

Parsed<Bound> bound_of(const WholeName& name, std::string_view text, Timestamp now) {
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
Field field_of(WholeMeasure measure) {
  switch (measure) {
    case WholeMeasure::run_agent_version:
      return Field::agent_version;
    case WholeMeasure::run_environment:
      return Field::environment;
    case WholeMeasure::run_outcome:
    case WholeMeasure::call_outcome:
      return Field::status;
    case WholeMeasure::call_by:
      return Field::approver;
    case WholeMeasure::call_gap:
      return Field::flags;  // words that are taken as they are
    default:
      return Field::agent;
  }
}

// Gaps are a closed list: a word that is none would answer nothing.
std::optional<ParseError> mistake_in_gaps(const std::vector<ValueToken>& values,
                                          const std::vector<TextValue>& gaps) {
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    const TextValue& gap = gaps[i];
    const bool is_known =
        std::any_of(kGapsOfCalls.begin(), kGapsOfCalls.end(), [&gap](std::string_view known) {
          return gap.prefix ? known.starts_with(gap.text) : known == gap.text;
        });
    if (is_known) continue;
    const std::string_view near = nearest_in(gap.text, kGapsOfCalls);
    const Span span = i < values.size() ? values[i].span : Span{};
    return ParseError{span.offset, span.length,
                      fmt::format("calls have no gap {}", shown(gap.text)),
                      near.empty() ? fmt::format("one of {}", fmt::join(kGapsOfCalls, ", "))
                                   : fmt::format("did you mean '{}'?", near)};
  }
  return std::nullopt;
}

}  // namespace

const WholeName& whole_name(WholeMeasure measure) {
  return kNames[static_cast<std::size_t>(measure)];
}

Parsed<OfWhole> parse_whole_test(std::string_view name, Span name_span,
                                 const std::vector<ValueToken>& values, Timestamp now) {
  const auto known = std::find_if(kNames.begin(), kNames.end(),
                                  [name](const WholeName& one) { return one.name == name; });
  if (known == kNames.end()) return refuse_name(name, name_span);
  OfWhole test{known->measure, {}, {}};
  if (known->kind == Kind::text) {
    Parsed<Texts> texts = parse_texts(field_of(known->measure), values);
    if (!texts) return tl::make_unexpected(std::move(texts.error()));
    test.texts = std::move(texts->any_of);
    if (known->measure == WholeMeasure::call_gap) {
      if (auto mistake = mistake_in_gaps(values, test.texts)) {
        return tl::make_unexpected(std::move(*mistake));
      }
    }
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
