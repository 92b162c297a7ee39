#include "source/opa.hpp"

#include <cstdint>
#include <optional>

#include "source/json_path.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

// What a result says: a truth, a word, or an object with one of either. A policy that denies may list
// why in `deny`. Nothing where it was not defined.
std::string_view decision_in(const JsonValue& result, Vocabulary& words) {
  switch (result.kind()) {
    case JsonValue::Kind::boolean:
      return result.truth() ? "allow" : "deny";
    case JsonValue::Kind::string:
      return words.decision(result.text());
    case JsonValue::Kind::object:
      for (const std::string_view name : {"allow", "allowed", "decision", "result"}) {
        const auto member = result.member(name);
        const auto said = member ? decision_in(*member, words) : std::string_view();
        if (!said.empty()) return said;
      }
      break;
    default:
      return {};
  }
  const auto reasons = result.member("deny");
  if (!reasons || !reasons->is_array()) return {};
  bool is_empty = true;
  reasons->for_elements([&](const JsonValue&) { return is_empty = false; });
  return is_empty ? "allow" : "deny";
}

// The bundle's revision, where there is one bundle.
std::string_view revision_of(const JsonValue& record) {
  std::string_view revision = text_at(record, "revision");
  const auto bundles = record.member("bundles");
  int count = 0;
  if (bundles) {
    bundles->for_members([&](std::string_view, const JsonValue& bundle) {
      if (++count == 1) revision = text_at(bundle, "revision");
    });
  }
  return count > 1 ? std::string_view() : revision;
}

}  // namespace

bool is_opa(const Keys& keys, const JsonValue& /*record*/) {
  return keys.has(Key::labels) &&
         (keys.has(Key::path) || keys.has(Key::query) || keys.has(Key::result));
}

void OpaReader::read(const JsonValue& record, Steps& steps) {
  steps.share();
  steps.set(Field::time, record.member("timestamp"));
  steps.add("policy.decision").set(Field::event_id, record.member("decision_id"));
  for (const std::string_view name : {"query", "path"}) {
    const std::string_view policy = text_at(record, name);
    if (!policy.empty()) steps.text(Field::policy, policy);
  }
  steps.text(Field::rule_version, revision_of(record));
  steps.set(Field::user, record.member("requested_by"))
      .set(Field::trace, record.member("trace_id"));
  steps.set(Field::parent, record.member("span_id"))
      .set(Field::request_id, record.member("req_id"));
  steps.set(Field::service, value_at(record, "labels.app"));
  steps.set(Field::correlation_id, record.member("batch_decision_id"));
  const auto result = record.member("result");
  const std::string_view decision =
      result ? decision_in(*result, steps.words()) : std::string_view();
  steps.text(Field::decision, decision.empty() ? "unknown" : decision);
  if (result)
    steps.set(Field::reason, result->is_object() ? result->member("reason") : std::nullopt);
  steps.arguments(record.member("input"));
  const auto took = value_at(record, "metrics.timer_server_handler_ns");
  if (took) steps.set(Field::duration_us, took, Reading::nanoseconds);
  const auto erased = record.member("erased");
  if (erased && erased->is_array()) steps.state("payload=withheld");
  if (const auto error = record.member("error")) {
    const std::string_view message = text_at(*error, "message");
    steps.failed(message.empty() ? error->text() : message);
  }
}

}  // namespace audit::source
