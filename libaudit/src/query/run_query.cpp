#include <audit/runs.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event/kind.hpp"
#include "match/holds.hpp"
#include "match/parser.hpp"
#include "match/query.hpp"

namespace audit {

namespace {

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
      return run.tokens_in.value_or(0);
    case WholeMeasure::run_tokens_out:
      return run.tokens_out.value_or(0);
    case WholeMeasure::run_cost:
      return run.cost_nano;
    default:
      return run.gap_count() == 0 ? 1 : 0;
  }
}

bool holds_of_run(const match::OfWhole& test, const Trace& run) {
  switch (test.measure) {
    case WholeMeasure::run_outcome:
      return !run.outcome.empty() && match::is_one_of(run.outcome, test.texts);
    case WholeMeasure::run_agent:
    case WholeMeasure::run_agent_version:
    case WholeMeasure::run_environment: {
      const std::vector<std::string>& texts = texts_of(run, test.measure);
      return std::any_of(texts.begin(), texts.end(), [&test](const std::string& text) {
        return match::is_one_of(text, test.texts);
      });
    }
    case WholeMeasure::run_risk:
      return !run.risk.empty() && match::is_within(event::risk_rank(run.risk), test.any_of);
    default:
      return match::is_within(number_of(run, test.measure), test.any_of);
  }
}

}  // namespace

bool RunQuery::matches(const Trace& run) const {
  const auto leaf = [&run](const match::OfWhole& test) { return holds_of_run(test, run); };
  return tests_ == nullptr || match::holds(*tests_, leaf);
}

RunQuery RunQuery::and_also(const Query& entries) const {
  return {entries_.and_also(entries), tests_};
}

Parsed<RunQuery> parse_run_query(std::string_view text, Timestamp now) {
  const Parsed<NodePtr> root = match::parse(text, now);
  if (!root) return tl::make_unexpected(root.error());
  Parsed<match::Halves> runs = match::split(*root, match::Whole::run);
  if (!runs) return tl::make_unexpected(std::move(runs.error()));
  Parsed<match::Halves> calls = match::split(runs->entries, match::Whole::call);
  if (!calls) return tl::make_unexpected(std::move(calls.error()));
  return RunQuery(Query(std::move(calls->entries), std::move(calls->whole)),
                  std::move(runs->whole));
}

}  // namespace audit
