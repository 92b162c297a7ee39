#include "query/decision.hpp"

namespace audit::query {

namespace {

// Words of Field::approval but for "requested", which is no answer.
std::string_view answer_of(const RunEntry& entry) {
  constexpr std::string_view kApproval = "approval.";
  const std::string_view type = entry.type();
  if (type.starts_with(kApproval) && type != "approval.requested") {
    return type.substr(kApproval.size());
  }
  const std::string_view approval = entry.text(Field::approval);
  return approval == "requested" ? std::string_view() : approval;
}

}  // namespace

bool is_no(std::string_view decision) {
  return decision == "deny" || decision == "denied" || decision == "abort" ||
         decision == "expired" || decision == "withdrawn";
}

bool is_yes(std::string_view decision) {
  return decision == "allow" || decision == "granted" || decision == "modify";
}

bool outweighs(std::string_view later, std::string_view earlier) {
  const bool is_persons_no = earlier == "denied" || earlier == "expired" || earlier == "withdrawn";
  if (is_persons_no && is_yes(later)) return later == "granted";
  return is_no(later) || is_yes(later);
}

const Step::State* deciding(const std::vector<Step::State>& decided) {
  const Step::State* holds = nullptr;
  for (const Step::State& state : decided) {
    if (outweighs(state.word, holds != nullptr ? holds->word : std::string_view())) holds = &state;
  }
  return holds;
}

bool answers_approval(const RunEntry& entry) { return !answer_of(entry).empty(); }

std::string_view decision_of(const RunEntry& entry) {
  const std::string_view answer = answer_of(entry);
  if (!answer.empty()) return answer;
  const std::string_view decision = entry.text(Field::decision);
  if (!decision.empty()) return decision;
  const std::string_view type = entry.type();
  const bool blocks = type == "guardrail.block" || type == "policy.violation" || type == "stop";
  return blocks ? "deny" : std::string_view();
}

std::string_view decider_of(const RunEntry& entry) {
  for (const Field field : {Field::approver, Field::policy, Field::rule}) {
    const std::string_view text = entry.text(field);
    if (!text.empty()) return text;
  }
  return {};
}

}  // namespace audit::query
