#include <audit/runs.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "event/kind.hpp"
#include "match/mistake.hpp"
#include "match/parser.hpp"
#include "match/query.hpp"

namespace audit {

namespace {

using match::Node;
using match::NodePtr;
using match::RunMeasure;

// --- Is this run meant? ---

const std::vector<std::string>& texts_of(const Trace& run, RunMeasure measure) {
  if (measure == RunMeasure::agent) return run.agents;
  return measure == RunMeasure::agent_version ? run.agent_versions : run.environments;
}

std::int64_t number_of(const Trace& run, RunMeasure measure) {
  const auto count = [](std::uint64_t number) { return static_cast<std::int64_t>(number); };
  switch (measure) {
    case RunMeasure::begin:
      return nanoseconds(run.begin);
    case RunMeasure::duration:
      return (run.end - run.begin).count();
    case RunMeasure::entries:
      return count(run.entries);
    case RunMeasure::steps:
      return count(run.steps.size());
    case RunMeasure::model_calls:
      return count(run.model_calls);
    case RunMeasure::tool_calls:
      return count(run.tool_calls);
    case RunMeasure::failures:
      return count(run.failures);
    case RunMeasure::human_decisions:
      return count(run.human_decisions);
    case RunMeasure::gaps:
      return count(run.gap_count());
    case RunMeasure::tokens_in:
      return run.tokens_in;
    case RunMeasure::tokens_out:
      return run.tokens_out;
    case RunMeasure::cost:
      return run.cost_nano;
    case RunMeasure::complete:
      return run.gap_count() == 0 ? 1 : 0;
    default:
      return event::risk_rank(run.risk);
  }
}

bool holds(const match::TextValue& value, std::string_view text) {
  return value.prefix ? text.starts_with(value.text) : text == value.text;
}

bool holds(const match::OfRun& test, const Trace& run) {
  const auto holds_text = [&](std::string_view text) {
    return std::any_of(test.texts.begin(), test.texts.end(),
                       [&](const match::TextValue& value) { return holds(value, text); });
  };
  switch (test.measure) {
    case RunMeasure::outcome:
      return !run.outcome.empty() && holds_text(run.outcome);
    case RunMeasure::agent:
    case RunMeasure::agent_version:
    case RunMeasure::environment: {
      const std::vector<std::string>& texts = texts_of(run, test.measure);
      return std::any_of(texts.begin(), texts.end(), holds_text);
    }
    case RunMeasure::risk:
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
  const auto* test = std::get_if<match::OfRun>(&node.what);
  return test != nullptr && holds(*test, run);
}

// --- What is asked of entries, what of runs? ---

// The first part that tests entries, if there is one.
const Node* first_of_entries(const Node& node) {
  if (std::holds_alternative<match::OfRun>(node.what)) return nullptr;
  if (const auto* no = std::get_if<match::Not>(&node.what)) return first_of_entries(*no->part);
  const auto* all = std::get_if<match::AllOf>(&node.what);
  const auto* any = std::get_if<match::AnyOf>(&node.what);
  if (all == nullptr && any == nullptr) return &node;
  for (const NodePtr& part : all != nullptr ? all->parts : any->parts) {
    if (const Node* found = first_of_entries(*part)) return found;
  }
  return nullptr;
}

}  // namespace

bool RunQuery::matches(const Trace& run) const {
  return runs_.root() == nullptr || holds(*runs_.root(), run);
}

Parsed<RunQuery> parse_run_query(std::string_view text, Timestamp now) {
  Parsed<NodePtr> root = match::parse(text, now);
  if (!root) return tl::make_unexpected(std::move(root.error()));
  if (*root == nullptr) return RunQuery();
  const auto* all = std::get_if<match::AllOf>(&(*root)->what);
  NodePtr entries;
  NodePtr runs;
  for (const NodePtr& part : all != nullptr ? all->parts : std::vector<NodePtr>{*root}) {
    const Node* of_run = match::first_of_run(*part);
    if (of_run != nullptr && first_of_entries(*part) != nullptr) {
      return match::refuse(of_run->span, "this is about whole runs, and beside it are entries",
                           "only AND joins the two: refund run.failures:>0");
    }
    NodePtr& to = of_run != nullptr ? runs : entries;
    to = match::both(to, part);
  }
  return RunQuery(Query(std::move(entries)), Query(std::move(runs)));
}

}  // namespace audit
