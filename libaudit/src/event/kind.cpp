#include "event/kind.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "base/nearest.hpp"

namespace audit::event {
namespace {

// One word as people write it, squeezed (see Squeezed), and what is stored for it.
struct Synonym {
  std::string_view squeezed;
  std::string_view canonical;
};

constexpr bool by_word(const Synonym& a, const Synonym& b) { return a.squeezed < b.squeezed; }

// Sorts a table at compile time; a word listed twice does not compile.
template <std::size_t N>
constexpr std::array<Synonym, N> table(const Synonym (&rows)[N]) {
  std::array<Synonym, N> sorted{};
  std::copy(std::begin(rows), std::end(rows), sorted.begin());
  std::sort(sorted.begin(), sorted.end(), by_word);
  for (std::size_t i = 1; i < N; ++i) {
    if (sorted[i - 1].squeezed == sorted[i].squeezed) throw "a word has two meanings";
  }
  return sorted;
}

constexpr auto kKinds = table({
    {"sessionstart", "session.start"},
    {"sessionstarted", "session.start"},
    {"sessionbegin", "session.start"},
    {"sessioncreated", "session.start"},
    {"sessionopened", "session.start"},
    {"conversationstart", "session.start"},
    {"conversationstarted", "session.start"},
    {"sessionend", "session.end"},
    {"sessionended", "session.end"},
    {"sessionclosed", "session.end"},
    {"sessioncompleted", "session.end"},
    {"sessionfinished", "session.end"},
    {"conversationend", "session.end"},
    {"conversationended", "session.end"},
    {"sessiontimeout", "session.timeout"},
    {"sessiontimedout", "session.timeout"},
    {"sessionexpired", "session.timeout"},

    {"llmcall", "llm.call"},
    {"llm", "llm.call"},
    {"llmrequest", "llm.call"},
    {"llmresponse", "llm.call"},
    {"llminvocation", "llm.call"},
    {"llmgeneration", "llm.call"},
    {"llmcompletion", "llm.call"},
    {"llmcallcompleted", "llm.call"},
    {"llmcallfailed", "llm.call"},
    {"modelcall", "llm.call"},
    {"modelrequest", "llm.call"},
    {"modelresponse", "llm.call"},
    {"modelinvocation", "llm.call"},
    {"modelinference", "llm.call"},
    {"inference", "llm.call"},
    {"completion", "llm.call"},
    {"chatcompletion", "llm.call"},
    {"textcompletion", "llm.call"},
    {"generation", "llm.call"},
    {"chat", "llm.call"},
    {"chatmodel", "llm.call"},
    {"generatecontent", "llm.call"},

    {"toolproposed", "tool.proposed"},
    {"toolrequest", "tool.proposed"},
    {"toolrequested", "tool.proposed"},
    {"toolcallproposed", "tool.proposed"},
    {"toolcallrequest", "tool.proposed"},
    {"toolcallrequested", "tool.proposed"},

    {"toolcall", "tool.call"},
    {"tool", "tool.call"},
    {"tooluse", "tool.call"},
    {"toolstart", "tool.call"},
    {"toolstarted", "tool.call"},
    {"toolinvocation", "tool.call"},
    {"toolinvoke", "tool.call"},
    {"toolinvoked", "tool.call"},
    {"toolexecution", "tool.call"},
    {"toolexecute", "tool.call"},
    {"executetool", "tool.call"},
    {"toolcallstart", "tool.call"},
    {"toolcallstarted", "tool.call"},
    {"toolusagestarted", "tool.call"},
    {"function", "tool.call"},
    {"functioncall", "tool.call"},
    {"mcptoolcall", "tool.call"},

    {"toolresult", "tool.result"},
    {"toolend", "tool.result"},
    {"toolended", "tool.result"},
    {"tooloutput", "tool.result"},
    {"toolresponse", "tool.result"},
    {"toolfinished", "tool.result"},
    {"toolcompleted", "tool.result"},
    {"toolcallend", "tool.result"},
    {"toolcallresult", "tool.result"},
    {"toolcalloutput", "tool.result"},
    {"toolcallresponse", "tool.result"},
    {"toolusagefinished", "tool.result"},
    {"toolusageerror", "tool.result"},
    {"functionresult", "tool.result"},
    {"functioncallresult", "tool.result"},
    {"functioncalloutput", "tool.result"},
    {"functionresponse", "tool.result"},
    {"observation", "tool.result"},

    {"message", "message"},
    {"chatmessage", "message"},
    {"usermessage", "message"},
    {"userprompt", "message"},
    {"userinput", "message"},
    {"assistantmessage", "message"},
    {"humanmessage", "message"},
    {"aimessage", "message"},
    {"systemmessage", "message"},

    {"reasoning", "reasoning"},
    {"reasoningstep", "reasoning"},
    {"reasoningtrace", "reasoning"},
    {"thinking", "reasoning"},
    {"thought", "reasoning"},
    {"chainofthought", "reasoning"},
    {"agentreasoning", "reasoning"},

    {"decision", "decision"},
    {"finaldecision", "decision"},
    {"decisionmade", "decision"},
    {"agentdecision", "decision"},
    {"finaloutput", "final.output"},
    {"finalanswer", "final.output"},
    {"finalresponse", "final.output"},
    {"finalresult", "final.output"},

    {"policydecision", "policy.decision"},
    {"policy", "policy.decision"},
    {"policyevaluate", "policy.decision"},
    {"policyevaluated", "policy.decision"},
    {"policyevaluation", "policy.decision"},
    {"policycheck", "policy.decision"},
    {"policychecked", "policy.decision"},
    {"policyresult", "policy.decision"},
    {"guardrail", "policy.decision"},
    {"guardrailcheck", "policy.decision"},
    {"guardrailresult", "policy.decision"},
    {"guardrailevaluation", "policy.decision"},
    {"tooldecision", "policy.decision"},
    {"permissiondecision", "policy.decision"},
    {"authorizationdecision", "policy.decision"},
    {"policyviolation", "policy.violation"},
    {"policyviolated", "policy.violation"},
    {"policybreach", "policy.violation"},
    {"violation", "policy.violation"},

    {"approval", "approval"},
    {"approve", "approval"},
    {"humanreview", "approval"},
    {"humanapproval", "approval"},
    {"humanintheloop", "approval"},
    {"hitl", "approval"},
    {"approvaldecision", "approval"},
    {"approvaldecided", "approval"},
    {"approvalresponse", "approval"},
    {"toolapproval", "approval"},
    {"toolapprovaldecided", "approval"},
    {"toolapprovalresponse", "approval"},
    {"mcpapprovalresponse", "approval"},
    {"approvalrequested", "approval.requested"},
    {"approvalrequest", "approval.requested"},
    {"approvalrequired", "approval.requested"},
    {"approvalneeded", "approval.requested"},
    {"approvalpending", "approval.requested"},
    {"requestapproval", "approval.requested"},
    {"awaitingapproval", "approval.requested"},
    {"toolapprovalrequested", "approval.requested"},
    {"toolapprovalrequest", "approval.requested"},
    {"mcpapprovalrequest", "approval.requested"},
    {"approvalgranted", "approval.granted"},
    {"approvalapproved", "approval.granted"},
    {"approvalaccepted", "approval.granted"},
    {"approved", "approval.granted"},
    {"approvaldenied", "approval.denied"},
    {"approvalrejected", "approval.denied"},
    {"approvaldeclined", "approval.denied"},
    {"rejected", "approval.denied"},
    {"approvalexpired", "approval.expired"},
    {"approvaltimeout", "approval.expired"},
    {"approvaltimedout", "approval.expired"},
    {"approvalwithdrawn", "approval.withdrawn"},
    {"approvalcancelled", "approval.withdrawn"},
    {"approvalcanceled", "approval.withdrawn"},
    {"approvalrevoked", "approval.withdrawn"},

    {"error", "error"},
    {"exception", "error"},
    {"failure", "error"},
    {"apierror", "error"},
    {"agenterror", "error"},
    {"runtimeerror", "error"},
    {"guardrailblock", "guardrail.block"},
    {"guardrailblocked", "guardrail.block"},
    {"guardrailtriggered", "guardrail.block"},
    {"guardrailintervened", "guardrail.block"},
    {"contentblocked", "guardrail.block"},
    {"contentfiltered", "guardrail.block"},
    {"piiredacted", "pii.redacted"},
    {"piiredaction", "pii.redacted"},
    {"piimasked", "pii.redacted"},
    {"risksignal", "risk.signal"},
    {"riskalert", "risk.signal"},
    {"riskdetected", "risk.signal"},
    {"securityalert", "risk.signal"},
    {"anomaly", "risk.signal"},
    {"anomalydetected", "risk.signal"},
    {"qualitysignal", "quality.signal"},
    {"qualityalert", "quality.signal"},
    {"driftdetected", "quality.signal"},
    {"evaluation", "evaluation"},
    {"evaluationresult", "evaluation"},
    {"evaluator", "evaluation"},
    {"eval", "evaluation"},
    {"evalresult", "evaluation"},
    {"retrieval", "retrieval"},
    {"retriever", "retrieval"},
    {"retrieve", "retrieval"},
    {"documentretrieval", "retrieval"},
    {"agentmessage", "agent.message"},
    {"agenttoagent", "agent.message"},
    {"a2amessage", "agent.message"},
    {"handoff", "agent.message"},
    {"agenthandoff", "agent.message"},
    {"delegation", "agent.message"},

    {"override", "override"},
    {"overridden", "override"},
    {"humanoverride", "override"},
    {"manualoverride", "override"},
    {"stop", "stop"},
    {"emergencystop", "stop"},
    {"killswitch", "stop"},
    {"halt", "stop"},
    {"halted", "stop"},
    {"review", "review"},
    {"reviewed", "review"},
    {"sessionreview", "review"},
    {"incidentopened", "incident.opened"},
    {"incidentopen", "incident.opened"},
    {"incidentcreated", "incident.opened"},
    {"incidentreported", "incident.opened"},
    {"incident", "incident.opened"},
    {"incidentupdated", "incident.updated"},
    {"incidentupdate", "incident.updated"},
    {"incidentnotified", "incident.notified"},
    {"incidentnotification", "incident.notified"},
    {"incidentclosed", "incident.closed"},
    {"incidentresolved", "incident.closed"},
    {"changerequested", "change.requested"},
    {"changerequest", "change.requested"},
    {"changeapproved", "change.approved"},
    {"changedeployed", "change.deployed"},
    {"deployment", "change.deployed"},
    {"deployed", "change.deployed"},
    {"configchange", "config.change"},
    {"configchanged", "config.change"},
    {"configupdate", "config.change"},
    {"configupdated", "config.change"},
    {"configurationchange", "config.change"},
    {"configurationchanged", "config.change"},
    {"settingschanged", "config.change"},
    {"noticeshown", "notice.shown"},
    {"disclosureshown", "notice.shown"},
    {"consentgiven", "consent.given"},
    {"consentgranted", "consent.given"},
    {"consentwithdrawn", "consent.withdrawn"},
    {"consentrevoked", "consent.withdrawn"},
    {"feedback", "feedback"},
    {"userfeedback", "feedback"},
    {"humanfeedback", "feedback"},
    {"trainingrecorded", "training.recorded"},
    {"trainingcompleted", "training.recorded"},
    {"attestation", "attestation"},
    {"documentregistered", "document.registered"},
    {"other", "other"},
});

constexpr auto kStatuses = table({
    {"ok", "ok"},
    {"okay", "ok"},
    {"success", "ok"},
    {"succeeded", "ok"},
    {"successful", "ok"},
    {"complete", "ok"},
    {"completed", "ok"},
    {"done", "ok"},
    {"finished", "ok"},
    {"passed", "ok"},
    {"true", "ok"},
    {"statuscodeok", "ok"},
    {"error", "error"},
    {"err", "error"},
    {"errored", "error"},
    {"fail", "error"},
    {"failed", "error"},
    {"failure", "error"},
    {"exception", "error"},
    {"fatal", "error"},
    {"false", "error"},
    {"statuscodeerror", "error"},
    {"denied", "denied"},
    {"deny", "denied"},
    {"permissiondenied", "denied"},
    {"accessdenied", "denied"},
    {"rejected", "denied"},
    {"declined", "denied"},
    {"refused", "denied"},
    {"blocked", "denied"},
    {"forbidden", "denied"},
    {"unauthorized", "denied"},
    {"cancelled", "cancelled"},
    {"canceled", "cancelled"},
    {"cancel", "cancelled"},
    {"abort", "cancelled"},
    {"aborted", "cancelled"},
    {"interrupted", "cancelled"},
    {"stopped", "cancelled"},
    {"killed", "cancelled"},
    {"timeout", "timeout"},
    {"timedout", "timeout"},
    {"deadlineexceeded", "timeout"},
    {"expired", "timeout"},
    {"pending", "pending"},
    {"running", "pending"},
    {"inprogress", "pending"},
    {"started", "pending"},
    {"queued", "pending"},
    {"waiting", "pending"},
    {"requiresaction", "pending"},
    {"awaitingapproval", "pending"},
    {"unknown", "unknown"},
    {"unset", "unknown"},
    {"statuscodeunset", "unknown"},
});

constexpr auto kDecisions = table({
    {"allow", "allow"},
    {"allowed", "allow"},
    {"accept", "allow"},
    {"accepted", "allow"},
    {"approve", "allow"},
    {"approved", "allow"},
    {"approvedforsession", "allow"},
    {"grant", "allow"},
    {"granted", "allow"},
    {"permit", "allow"},
    {"permitted", "allow"},
    {"pass", "allow"},
    {"passed", "allow"},
    {"true", "allow"},
    {"none", "allow"},  // Bedrock: no guardrail intervened
    {"deny", "deny"},
    {"denied", "deny"},
    {"reject", "deny"},
    {"rejected", "deny"},
    {"decline", "deny"},
    {"declined", "deny"},
    {"block", "deny"},
    {"blocked", "deny"},
    {"forbid", "deny"},
    {"forbidden", "deny"},
    {"refuse", "deny"},
    {"refused", "deny"},
    {"fail", "deny"},
    {"failed", "deny"},
    {"guardrailintervened", "deny"},
    {"false", "deny"},
    {"modify", "modify"},
    {"modified", "modify"},
    {"edit", "modify"},
    {"edited", "modify"},
    {"mask", "modify"},
    {"masked", "modify"},
    {"anonymized", "modify"},
    {"redact", "modify"},
    {"redacted", "modify"},
    {"updatedinput", "modify"},
    {"ask", "ask"},
    {"escalate", "ask"},
    {"escalated", "ask"},
    {"requireapproval", "ask"},
    {"requiresapproval", "ask"},
    {"interrupt", "ask"},
    {"pending", "ask"},
    {"warn", "warn"},
    {"warning", "warn"},
    {"warned", "warn"},
    {"abort", "abort"},
    {"aborted", "abort"},
    {"cancelled", "abort"},
    {"canceled", "abort"},
    {"interrupted", "abort"},
    {"timedout", "abort"},
    {"timeout", "abort"},
    {"unknown", "unknown"},
    {"undefined", "unknown"},
});

constexpr auto kApprovals = table({
    {"requested", "requested"},
    {"request", "requested"},
    {"required", "requested"},
    {"pending", "requested"},
    {"waiting", "requested"},
    {"awaiting", "requested"},
    {"awaitingapproval", "requested"},
    {"pendingapproval", "requested"},
    {"submitted", "requested"},
    {"open", "requested"},
    {"granted", "granted"},
    {"grant", "granted"},
    {"approved", "granted"},
    {"approve", "granted"},
    {"approvedforsession", "granted"},
    {"accepted", "granted"},
    {"accept", "granted"},
    {"allowed", "granted"},
    {"allow", "granted"},
    {"confirmed", "granted"},
    {"edit", "granted"},  // approved with other arguments
    {"edited", "granted"},
    {"true", "granted"},
    {"yes", "granted"},
    {"denied", "denied"},
    {"deny", "denied"},
    {"rejected", "denied"},
    {"reject", "denied"},
    {"declined", "denied"},
    {"decline", "denied"},
    {"refused", "denied"},
    {"false", "denied"},
    {"no", "denied"},
    {"expired", "expired"},
    {"expire", "expired"},
    {"timeout", "expired"},
    {"timedout", "expired"},
    {"withdrawn", "withdrawn"},
    {"withdraw", "withdrawn"},
    {"cancelled", "withdrawn"},
    {"canceled", "withdrawn"},
    {"revoked", "withdrawn"},
});

constexpr auto kRisks = table({
    {"low", "low"},
    {"minimal", "low"},
    {"minor", "low"},
    {"negligible", "low"},
    {"info", "low"},
    {"informational", "low"},
    {"medium", "medium"},
    {"med", "medium"},
    {"moderate", "medium"},
    {"high", "high"},
    {"major", "high"},
    {"elevated", "high"},
    {"critical", "critical"},
    {"crit", "critical"},
    {"severe", "critical"},
    {"extreme", "critical"},
    {"veryhigh", "critical"},
});

constexpr auto kProviders = table({
    {"openairesponses", "openai"},
    {"openaichat", "openai"},
    {"openaicompletion", "openai"},
    {"openaiembedding", "openai"},
    {"anthropicmessages", "anthropic"},
    {"googlegenerativeai", "gcp.gemini"},
    {"openai", "openai"},
    {"azaiopenai", "azure.ai.openai"},
    {"azureaiopenai", "azure.ai.openai"},
    {"azureopenai", "azure.ai.openai"},
    {"azure", "azure.ai.openai"},
    {"vertexai", "gcp.vertex_ai"},
    {"googlevertexai", "gcp.vertex_ai"},
    {"gcpvertexai", "gcp.vertex_ai"},
    {"google", "gcp.gemini"},
    {"googlegenai", "gcp.gemini"},
    {"gemini", "gcp.gemini"},
    {"gcpgemini", "gcp.gemini"},
    {"aws", "aws.bedrock"},
    {"bedrock", "aws.bedrock"},
    {"amazonbedrock", "aws.bedrock"},
    {"awsbedrock", "aws.bedrock"},
    {"xai", "x_ai"},
});

constexpr std::array<std::string_view, 6> kNeverErased{"sys.created",   "sys.key",  "sys.erasure",
                                                       "sys.retention", "sys.hold", "sys.schema"};

// First parts of the kinds; "dsr" and "sys" are open, the others are those of the table.
constexpr std::array<std::string_view, 21> kFamilies = {
    "agent",   "approval",  "change",   "config", "consent", "document", "dsr",
    "final",   "guardrail", "incident", "llm",    "notice",  "pii",      "policy",
    "quality", "risk",      "session",  "source", "sys",     "tool",     "training",
};

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == y; });
}

// A word in lower case without its separators; empty if it is longer than any word of a table.
class Squeezed {
 public:
  explicit Squeezed(std::string_view word) noexcept {
    for (const char c : word) {
      if (c == '_' || c == '-' || c == '.' || c == ' ' || c == ':' || c == '/') continue;
      if (length_ == buffer_.size()) {
        length_ = 0;
        return;
      }
      buffer_[length_++] = lower(c);
    }
  }

  [[nodiscard]] std::string_view text() const noexcept { return {buffer_.data(), length_}; }

 private:
  std::array<char, 24> buffer_;
  std::size_t length_ = 0;
};

std::string_view look_up(std::span<const Synonym> rows, std::string_view word) noexcept {
  const Squeezed squeezed(word);
  const auto row =
      std::lower_bound(rows.begin(), rows.end(), Synonym{squeezed.text(), {}}, by_word);
  return row != rows.end() && row->squeezed == squeezed.text() ? row->canonical
                                                               : std::string_view();
}

}  // namespace

std::string_view canonical_kind(std::string_view word) noexcept {
  const std::string_view kind = look_up(kKinds, word);
  return kind.empty() ? word : kind;
}

std::string_view approval_kind(std::string_view canonical_approval) noexcept {
  if (canonical_approval == "requested") return "approval.requested";
  if (canonical_approval == "granted") return "approval.granted";
  if (canonical_approval == "denied") return "approval.denied";
  if (canonical_approval == "expired") return "approval.expired";
  if (canonical_approval == "withdrawn") return "approval.withdrawn";
  return "approval";
}

bool is_reserved_kind(std::string_view kind) noexcept {
  const std::string_view head = kind.substr(0, 3);
  return equal_ignoring_case(head, "sys") && (kind.size() == 3 || kind[3] == '.');
}

bool is_never_erased(std::string_view kind) noexcept {
  return std::find(kNeverErased.begin(), kNeverErased.end(), kind) != kNeverErased.end();
}

std::string_view kind_family(std::string_view word) noexcept {
  for (const std::string_view family : kFamilies) {
    if (equal_ignoring_case(word, family)) return family;
  }
  return {};
}

std::string_view canonical_status(std::string_view word) noexcept {
  return look_up(kStatuses, word);
}

std::string_view canonical_decision(std::string_view word) noexcept {
  return look_up(kDecisions, word);
}

std::string_view canonical_approval(std::string_view word) noexcept {
  return look_up(kApprovals, word);
}

std::string_view canonical_risk(std::string_view word) noexcept { return look_up(kRisks, word); }

std::span<const std::string_view> closed_words(Field field) noexcept {
  using namespace std::string_view_literals;
  static constexpr std::array kStatus{"ok"sv,      "error"sv,   "denied"sv, "cancelled"sv,
                                      "timeout"sv, "pending"sv, "unknown"sv};
  static constexpr std::array kDecision{"allow"sv, "deny"sv,  "modify"sv, "ask"sv,
                                        "warn"sv,  "abort"sv, "unknown"sv};
  static constexpr std::array kApproval{"requested"sv, "granted"sv, "denied"sv, "expired"sv,
                                        "withdrawn"sv};
  static constexpr std::array kRisk{"low"sv, "medium"sv, "high"sv, "critical"sv};
  switch (field) {
    case Field::status:
      return kStatus;
    case Field::decision:
      return kDecision;
    case Field::approval:
      return kApproval;
    case Field::risk:
      return kRisk;
    default:
      return {};
  }
}

std::string_view nearest_kind(std::string_view word) noexcept {
  const bool is_known = !look_up(kKinds, word).empty() || !kind_family(word).empty() ||
                        is_reserved_kind(word) || word == "unparsed" || word == "source.record";
  if (is_known) return {};
  base::Nearest nearest(word);
  for (const Synonym& row : kKinds) nearest.consider(row.canonical);
  return nearest.best();
}

int risk_rank(std::string_view canonical_risk) noexcept {
  if (canonical_risk == "low") return 0;
  if (canonical_risk == "medium") return 1;
  if (canonical_risk == "high") return 2;
  if (canonical_risk == "critical") return 3;
  return -1;
}

std::string canonical_provider(std::string_view word) {
  const std::string_view known = look_up(kProviders, word);
  if (!known.empty()) return std::string(known);
  std::string result(word);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

}  // namespace audit::event
