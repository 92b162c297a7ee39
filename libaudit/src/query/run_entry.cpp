#include "query/run_entry.hpp"

#include <audit/digest.hpp>

#include <algorithm>

namespace audit::query {

const FieldSet& run_fields() {
  static const FieldSet kFields = {Field::type,
                                   Field::time,
                                   Field::event_id,
                                   Field::agent,
                                   Field::agent_version,
                                   Field::environment,
                                   Field::session,
                                   Field::trace,
                                   Field::span,
                                   Field::parent,
                                   Field::links,
                                   Field::request_id,
                                   Field::correlation_id,
                                   Field::model,
                                   Field::tool,
                                   Field::tool_call_id,
                                   Field::action,
                                   Field::status,
                                   Field::error,
                                   Field::duration_us,
                                   Field::tokens_in,
                                   Field::tokens_out,
                                   Field::cost_nano,
                                   Field::currency,
                                   Field::policy,
                                   Field::rule,
                                   Field::rule_version,
                                   Field::decision,
                                   Field::requires_approval,
                                   Field::approval,
                                   Field::approver,
                                   Field::reason,
                                   Field::risk,
                                   Field::destination,
                                   Field::payload_hash,
                                   Field::shown_hash,
                                   Field::prompt_hash,
                                   Field::format};
  return kFields;
}

std::string value_text(const Envelope::Value& value) {
  if (value.kind != ValueKind::hash || value.text.size() != Digest::kSize) {
    return std::string(value.text);
  }
  Digest digest;
  std::copy(value.text.begin(), value.text.end(), digest.bytes.begin());
  return to_hex(digest);
}

Family family_of(const Envelope& envelope) {
  const std::string_view type = envelope.text(Field::type);
  if (type == "llm.call") return Family::model;
  if (type.starts_with("tool.") || type.starts_with("approval.") || type == "approval") {
    return Family::action;
  }
  // What was decided about something else than a call stands for itself.
  const bool decides = type.starts_with("policy.") || type.starts_with("guardrail.") ||
                       type == "override" || type == "stop";
  const bool names_call = envelope.has(Field::tool_call_id) || envelope.has(Field::tool);
  return decides && names_call ? Family::action : Family::other;
}

}  // namespace audit::query
