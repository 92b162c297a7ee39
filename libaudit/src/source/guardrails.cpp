#include "source/guardrails.hpp"

#include <string>

#include "source/json_path.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

void set_decision(bool is_no, Steps& steps) {
  steps.text(Field::decision, is_no ? "deny" : "allow");
}

// --- NeMo: one entry for each rail that ran ---

void read_nemo(const JsonValue& rails, Steps& steps) {
  std::size_t index = 0;
  rails.for_elements([&](const JsonValue& rail) {
    steps.enter("log.activated_rails", index++);
    steps.add("policy.decision").set(Field::policy, rail.member("name"));
    steps.set(Field::action, rail.member("type")).set(Field::time, rail.member("started_at"));
    steps.set(Field::duration_us, rail.member("duration"), Reading::seconds);
    set_decision(is_true_at(rail, "stop"), steps);
  });
}

// --- Guardrails AI: one for each validator, else one for all ---

void read_validators(const JsonValue& record, Steps& steps) {
  const auto summaries = record.member("validation_summaries");
  std::size_t index = 0;
  steps.set(Field::request_id, record.member("call_id"));
  if (summaries && summaries->is_array()) {
    summaries->for_elements([&](const JsonValue& one) {
      steps.enter("validation_summaries", index++);
      steps.add("policy.decision").set(Field::policy, one.member("validator_name"));
      steps.set(Field::decision, one.member("validator_status"), Reading::known_decision);
      steps.set(Field::reason, one.member("failure_reason"));
    });
  }
  if (index == 0) {
    steps.add("policy.decision").text(Field::policy, "guardrails");
    set_decision(!is_true_at(record, "validation_passed"), steps);
  }
}

// --- Bedrock ---

void read_bedrock(const JsonValue& record, Steps& steps) {
  steps.add("policy.decision").text(Field::policy, "bedrock-guardrail");
  const auto assessments = record.member("assessments");
  if (assessments && assessments->is_array()) {
    assessments->for_elements([&](const JsonValue& one) {
      const auto id = value_at(one, "appliedGuardrailDetails.guardrailId");
      if (id) steps.set(Field::policy, id);
      steps.set(Field::rule_version, value_at(one, "appliedGuardrailDetails.guardrailVersion"));
    });
  }
  set_decision(text_at(record, "action") == "GUARDRAIL_INTERVENED", steps);
  steps.set(Field::reason, record.member("actionReason"));
}

// --- OpenAI's moderation: one for each text that was looked at ---

void read_moderation(const JsonValue& record, Steps& steps) {
  const auto results = record.member("results");
  std::size_t index = 0;
  results->for_elements([&](const JsonValue& one) {
    steps.enter("results", index++);
    steps.add("policy.decision").text(Field::policy, "moderation");
    steps.set(Field::model, record.member("model")).set(Field::request_id, record.member("id"));
    const bool is_flagged = is_true_at(one, "flagged");
    set_decision(is_flagged, steps);
    std::string categories;
    if (const auto all = one.member("categories"); all && is_flagged) {
      all->for_members([&](std::string_view name, const JsonValue& value) {
        if (value.kind() != JsonValue::Kind::boolean || !value.truth()) return;
        if (!categories.empty()) categories.append(", ");
        categories.append(name);
      });
    }
    steps.text(Field::reason, categories);
  });
}

bool is_moderation(const JsonValue& record) {
  const auto results = record.member("results");
  bool found = false;
  if (results && results->is_array()) {
    results->for_elements([&](const JsonValue& one) {
      found = one.member("flagged") && one.member("categories");
      return false;
    });
  }
  return found;
}

}  // namespace

bool is_guardrail(const Keys& keys, const JsonValue& record) {
  if (keys.has(Key::validation_passed)) {
    return record.member("validation_summaries") || record.member("validated_output");
  }
  if (keys.has(Key::log)) {
    const auto rails = value_at(record, "log.activated_rails");
    return rails && rails->is_array();
  }
  if (keys.has(Key::action)) {
    return record.member("assessments").has_value() && record.member("outputs").has_value();
  }
  return keys.has(Key::results) && is_moderation(record);
}

void GuardrailReader::read(const JsonValue& record, Steps& steps) {
  steps.share_place(record);
  const auto rails = value_at(record, "log.activated_rails");
  if (rails && rails->is_array()) return read_nemo(*rails, steps);
  if (record.member("validation_passed")) return read_validators(record, steps);
  if (record.member("assessments")) return read_bedrock(record, steps);
  if (is_moderation(record)) read_moderation(record, steps);
}

}  // namespace audit::source
