#include <audit/runs.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "event/kind.hpp"
#include "match/parser.hpp"
#include "match/query.hpp"

namespace audit {

namespace {

using match::Node;
using match::NodePtr;
using match::WholeMeasure;

// --- Is this run meant? ---

const std::vector<std::string>& texts_of(const Trace& run, WholeMeasure measure) {
  if (measure == WholeMeasure::run_agent) return run.agents;
  return measure == WholeMeasure::run_agent_version ? run.agent_versions : run.environments;
}

std::int64_t number_of(const Trace& run, WholeMeasure measure) {
  const auto count = [](std::uint64_t number) { return static_cast<std::int64_t>(number); };
  switch (measure) {
    case WholeMeasure::run_begin:
      return nanoseconds(run.begin);
    case WholeMeasure::run_duration:
      return span_between(run.begin, run.end).count();
    case WholeMeasure::run_entries:
      return count(run.entries);
    case WholeMeasure::run_steps:
      return count(run.steps.size());
    case WholeMeasure::run_model_calls:
      return count(run.model_calls);
    case WholeMeasure::run_tool_calls:
      return count(run.tool_calls);
    case WholeMeasure::run_failures:
      return count(run.failures);
    case WholeMeasure::run_human_decisions:
      return count(run.human_decisions);
    case WholeMeasure::run_gaps:
      return count(run.gap_count());
    case WholeMeasure::run_tokens_in:
      return run.tokens_in;
    case WholeMeasure::run_tokens_out:
      return run.tokens_out;
    case WholeMeasure::run_cost:
      return run.cost_nano;
    case WholeMeasure::run_complete:
      return run.gap_count() == 0 ? 1 : 0;
    default:
      return event::risk_rank(run.risk);
  }
}

bool holds(const match::TextValue& value, std::string_view text) {
  return value.prefix ? text.starts_with(value.text) : text == value.text;
}

bool holds(const match::OfWhole& test, const Trace& run) {
  const auto holds_text = [&](std::string_view text) {
    return std::any_of(test.texts.begin(), test.texts.end(),
                       [&](const match::TextValue& value) { return holds(value, text); });
  };
  switch (test.measure) {
    case WholeMeasure::run_outcome:
      return !run.outcome.empty() && holds_text(run.outcome);
    case WholeMeasure::run_agent:
    case WholeMeasure::run_agent_version:
    case WholeMeasure::run_environment: {
      const std::vector<std::string>& texts = texts_of(run, test.measure);
      return std::any_of(texts.begin(), texts.end(), holds_text);
    }
    case WholeMeasure::run_risk:
      if (run.risk.empty()) return false;
      break;
    default:
      break;
  }
  const std::int64_t number = number_of(run, test.measure);
  return std::any_of(test.any_of.begin(), test.any_of.end(), [number](const match::Range& range) {
    return range.first <= number && number <= range.last;
  });
}

bool holds(const Node& node, const Trace& run) {
  const auto each = [&](const NodePtr& part) { return holds(*part, run); };
  if (const auto* all = std::get_if<match::AllOf>(&node.what)) {
    return std::all_of(all->parts.begin(), all->parts.end(), each);
  }
  if (const auto* any = std::get_if<match::AnyOf>(&node.what)) {
    return std::any_of(any->parts.begin(), any->parts.end(), each);
  }
  if (const auto* no = std::get_if<match::Not>(&node.what)) return !holds(*no->part, run);
  const auto* test = std::get_if<match::OfWhole>(&node.what);
  return test != nullptr && holds(*test, run);
}

}  // namespace

bool RunQuery::matches(const Trace& run) const {
  return runs_.root() == nullptr || holds(*runs_.root(), run);
}

Parsed<RunQuery> parse_run_query(std::string_view text, Timestamp now) {
  const Parsed<NodePtr> root = match::parse(text, now);
  if (!root) return tl::make_unexpected(root.error());
  Parsed<match::Halves> runs = match::split(*root, match::Whole::run);
  if (!runs) return tl::make_unexpected(std::move(runs.error()));
  Parsed<match::Halves> calls = match::split(runs->entries, match::Whole::call);
  if (!calls) return tl::make_unexpected(std::move(calls.error()));
  return RunQuery(Query(std::move(calls->entries), std::move(calls->whole)),
                  Query(std::move(runs->whole)));
}

}  // namespace audit
