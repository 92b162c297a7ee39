#include "match/names.hpp"

#include <array>
#include <cstddef>
#include <string>

#include "base/nearest.hpp"
#include "base/text.hpp"

namespace audit::match {

namespace {

// Names a query knows beside the fields of the envelope.
constexpr std::array<std::string_view, 8> kOtherNames = {"seq",  "hash", "received", "payload",
                                                         "cost", "has",  "since",    "until"};

struct Renamed {
  std::string_view name;
  std::string_view elsewhere;  // what other tools call it, separated by blanks
};

// For "did you mean" only: a query has one spelling.
constexpr std::array kRenamed = {
    Renamed{"agent", "agent_id agent_name"},
    Renamed{"type", "event_type kind event"},
    Renamed{"time", "timestamp date"},
    Renamed{"user", "user_id"},
    Renamed{"session", "session_id conversation_id thread_id"},
    Renamed{"trace", "trace_id"},
    Renamed{"span", "span_id"},
    Renamed{"parent", "parent_id"},
    Renamed{"tool", "tool_name"},
    Renamed{"tool_call_id", "call_id"},
    Renamed{"model", "model_id"},
    Renamed{"policy", "policy_id"},
    Renamed{"rule", "rule_id"},
    Renamed{"approval", "approval_status"},
    Renamed{"approver", "reviewer approved_by"},
    Renamed{"environment", "env"},
    Renamed{"duration_us", "latency latency_ms duration duration_ms"},
    Renamed{"tokens_in", "input_tokens"},
    Renamed{"tokens_out", "output_tokens"},
    Renamed{"cost", "cost_usd"},
    Renamed{"risk", "risk_level severity"},
    Renamed{"status", "outcome"},
    Renamed{"payload", "text message content body"},
    Renamed{"since", "after from"},
    Renamed{"until", "before to"},
    Renamed{"event_id", "id"},
    Renamed{"seq", "sequence"},
    Renamed{"reason", "decision_reason"},
};

bool lists(std::string_view words, std::string_view wanted) {
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    if (word == wanted) return true;
    words.remove_prefix(std::min(word.size() + 1, words.size()));
  }
  return false;
}

}  // namespace

std::optional<Field> field_named(std::string_view name) noexcept {
  return find_field(name == "cost" ? "cost_nano" : name);
}

std::string_view nearest_name(std::string_view written) {
  const std::string name = base::to_lower_ascii(written);
  for (const Renamed& renamed : kRenamed) {
    if (lists(renamed.elsewhere, name)) return renamed.name;
  }
  base::Nearest nearest(name);
  nearest.consider(nearest_field(name));
  for (const std::string_view other : kOtherNames) nearest.consider(other);
  return nearest.best();
}

}  // namespace audit::match
