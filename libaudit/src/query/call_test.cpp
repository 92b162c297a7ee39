#include "query/call_test.hpp"

#include <algorithm>
#include <string_view>

#include "match/holds.hpp"
#include "query/decision.hpp"

namespace audit::query {

namespace {

using match::WholeMeasure;

bool has_gap(const Step& call, Gap::Kind kind) {
  return std::any_of(call.gaps.begin(), call.gaps.end(),
                     [kind](const Gap& gap) { return gap.kind == kind; });
}

// By a person, before it had run, and not taken back.
bool was_approved(const Step& call) {
  const Step::State* holds = deciding(call.decided);
  return holds != nullptr && is_yes(holds->word) &&
         std::any_of(call.decided.begin(), call.decided.end(),
                     [](const Step::State& state) { return state.word == "granted"; }) &&
         !has_gap(call, Gap::Kind::approved_late);
}

// By a person, a policy or a rule, before it had run.
bool was_allowed(const Step& call) {
  const bool is_late = has_gap(call, Gap::Kind::approved_late);
  const Step::State* holds = deciding(call.decided);
  if (holds == nullptr || !is_yes(holds->word)) return false;
  return !is_late || std::any_of(call.decided.begin(), call.decided.end(), [](const auto& state) {
    return is_yes(state.word) && state.word != "granted";
  });
}

bool was_denied(const Step& call) {
  const Step::State* holds = deciding(call.decided);
  return holds != nullptr && is_no(holds->word);
}

bool truth_of(const Step& call, WholeMeasure measure) {
  switch (measure) {
    case WholeMeasure::call_requested:
      return call.requested.has_value();
    case WholeMeasure::call_approved:
      return was_approved(call);
    case WholeMeasure::call_allowed:
      return was_allowed(call);
    case WholeMeasure::call_denied:
      return was_denied(call);
    default:
      return call.executed.has_value() && call.executed->word != "denied";
  }
}

bool holds_test(const match::OfWhole& test, const Step& call) {
  switch (test.measure) {
    case WholeMeasure::call_by:
      return std::any_of(call.decided.begin(), call.decided.end(), [&](const Step::State& state) {
        return !state.by.empty() && match::is_one_of(state.by, test.texts);
      });
    case WholeMeasure::call_outcome:
      return call.executed && match::is_one_of(call.executed->word, test.texts);
    case WholeMeasure::call_gap:
      return std::any_of(call.gaps.begin(), call.gaps.end(), [&](const Gap& gap) {
        return match::is_one_of(to_string(gap.kind), test.texts);
      });
    default:
      return match::is_within(truth_of(call, test.measure) ? 1 : 0, test.any_of);
  }
}

}  // namespace

bool holds_of_call(const match::Node& tests, const Step& call) {
  return match::holds(tests,
                      [&call](const match::OfWhole& test) { return holds_test(test, call); });
}

}  // namespace audit::query
