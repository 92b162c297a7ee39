#include "source/cloud_audit.hpp"

#include <fmt/format.h>

#include "source/json_path.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

// Calls read_one for the record, or for each element of the list it is.
template <class ReadOne>
void read_each(const JsonValue& record, std::string_view list, Steps& steps, ReadOne&& read_one) {
  const auto elements = record.member(list);
  if (!elements || !elements->is_array()) return read_one(record);
  std::size_t index = 0;
  elements->for_elements([&](const JsonValue& element) {
    steps.forget();
    steps.enter(list, index++);
    read_one(element);
  });
}

// --- Kubernetes ---

std::string resource_of(const JsonValue& event) {
  std::string name(text_at(event, "objectRef.namespace"));
  for (const std::string_view path :
       {"objectRef.resource", "objectRef.name", "objectRef.subresource"}) {
    const std::string_view part = text_at(event, path);
    if (part.empty()) continue;
    if (!name.empty()) name.push_back('/');
    name.append(part);
  }
  return name;
}

// What holds for every fact about a request. User agents are what acts: kubectl, a controller.
void share_request(const JsonValue& event, Steps& steps) {
  const std::string_view id = text_at(event, "auditID");
  const std::string_view kind = text_at(event, "objectRef.resource");
  steps.share();
  for (const std::string_view time : {"stageTimestamp", "requestReceivedTimestamp", "timestamp"}) {
    if (!steps.has(Field::time)) steps.set(Field::time, event.member(time));
  }
  steps.set(Field::user, value_at(event, "user.username")).text(Field::request_id, id);
  steps.set(Field::subject, value_at(event, "impersonatedUser.username"));
  steps.text(Field::tool,
             fmt::format("k8s.{}{}{}", text_at(event, "verb"), kind.empty() ? "" : " ", kind));
  steps.text(Field::resource, resource_of(event)).text(Field::tool_call_id, id);
  steps.text(Field::action, text_at(event, "verb")).set(Field::agent, event.member("userAgent"));
}

std::string stage_id(const JsonValue& event, std::string_view stage) {
  return fmt::format("{}/{}", text_at(event, "auditID"), stage);
}

// The request itself, which a later stage tells again: a policy often leaves its first stage out.
void add_request(const JsonValue& event, Steps& steps) {
  steps.add_once("tool.call", stage_id(event, "RequestReceived"));
  steps.set(Field::time, event.member("requestReceivedTimestamp"));
  steps.arguments(event.member("requestObject"));
}

// Whose no it was; empty if the request was let through. What the authoriser lets through may still
// be refused by an admission webhook, of which only the code tells.
std::string_view refused_by(std::string_view decision, const JsonValue& event) {
  constexpr double kForbidden = 403;
  if (decision == "deny") return "authorization";
  const auto code = value_at(event, "responseStatus.code");
  const bool is_forbidden =
      code && code->kind() == JsonValue::Kind::number && code->number().d == kForbidden;
  return !is_forbidden ? "" : decision == "allow" ? "admission" : "authorization";
}

void add_refusal(const JsonValue& event, std::string_view policy, const std::string& id,
                 Steps& steps) {
  steps.add("policy.decision").text(Field::event_id, id).text(Field::policy, policy);
  steps.text(Field::decision, "deny").text(Field::reason, text_at(event, "responseStatus.message"));
  steps.arguments(event.member("requestObject"));
}

// What the authoriser said.
void add_decision(const JsonValue& decision, const JsonValue& notes, Steps& steps) {
  steps.add("policy.decision").set(Field::decision, decision).text(Field::policy, "authorization");
  const auto why = notes.member("authorization.k8s.io/reason");
  if (why && !why->text().empty()) steps.set(Field::reason, why);
}

void read_end(const JsonValue& event, std::string_view stage, Steps& steps) {
  steps.add("tool.result").text(Field::event_id, stage_id(event, stage));
  steps.arguments(event.member("requestObject"));
  steps.set(Field::status, value_at(event, "responseStatus.code"), Reading::status_code);
  const std::string_view message = text_at(event, "responseStatus.message");
  if (stage == "Panic") steps.failed(message.empty() ? stage : message);
  if (steps.text_of(Field::status) == "error" && !message.empty()) steps.failed(message);
  steps.took(event.member("requestReceivedTimestamp"), event.member("stageTimestamp"));
  add_request(event, steps);
}

void read_event(const JsonValue& event, Steps& steps) {
  const std::string_view stage = text_at(event, "stage");
  const auto notes = event.member("annotations");
  const auto said = notes ? notes->member("authorization.k8s.io/decision") : notes;
  const std::string_view word = said ? steps.words().decision(said->text()) : std::string_view();
  const std::string_view refused = refused_by(word, event);
  share_request(event, steps);
  if (stage == "RequestReceived") {
    steps.add("tool.call").text(Field::event_id, stage_id(event, stage));
    steps.arguments(event.member("requestObject"));
  } else if (!refused.empty()) {
    add_refusal(event, refused, stage_id(event, stage), steps);
    const auto why = notes ? notes->member("authorization.k8s.io/reason") : notes;
    if (word == "deny" && why && !why->text().empty()) steps.set(Field::reason, why);
    if (word == "deny") return;
  } else if (stage == "ResponseStarted") {
    steps.add("other").text(Field::event_id, stage_id(event, stage)).text(Field::action, stage);
    add_request(event, steps);
  } else {
    read_end(event, stage, steps);
  }
  if (said) add_decision(*said, *notes, steps);
}

// --- CloudTrail ---

bool is_refused(std::string_view error) {
  return error.find("AccessDenied") != std::string_view::npos ||
         error.find("Unauthorized") != std::string_view::npos ||
         error == "Client.UnauthorizedAccess";
}

void read_call(const JsonValue& record, Steps& steps) {
  const std::string_view error = text_at(record, "errorCode");
  const std::string_view source = text_at(record, "eventSource");
  steps.share();
  steps.set(Field::time, record.member("eventTime"));
  if (!steps.has(Field::time)) steps.set(Field::time, record.member("@timestamp"));
  steps.set(Field::user, value_at(record, "userIdentity.arn"));
  if (!steps.has(Field::user)) steps.set(Field::user, value_at(record, "userIdentity.principalId"));
  steps.set(Field::region, record.member("awsRegion"));
  steps.set(Field::request_id, record.member("requestID"));
  steps.set(Field::session, value_at(record, "userIdentity.accessKeyId"));
  steps.text(Field::tool, fmt::format("{}:{}", source, text_at(record, "eventName")));
  steps.text(Field::service, source).set(Field::action, record.member("eventName"));
  steps.set(Field::tool_call_id, record.member("eventID"));
  const auto is_read = record.member("readOnly");
  if (is_read && is_read->kind() == JsonValue::Kind::boolean) {
    steps.number(Field::side_effect, is_read->truth() ? 0 : 1);
  }
  if (is_refused(error)) {
    steps.add("policy.decision").text(Field::decision, "deny").text(Field::policy, "iam");
    steps.set(Field::reason, record.member("errorMessage"));
  } else {
    steps.add("tool.call");
  }
  steps.set(Field::event_id, record.member("eventID"));
  steps.arguments(record.member("requestParameters"));
  if (is_refused(error)) return;
  const std::string_view message = text_at(record, "errorMessage");
  steps.add("tool.result").text(Field::status, "ok");
  if (!error.empty()) steps.failed(message.empty() ? error : message);
}

}  // namespace

bool is_kubernetes(const Keys& keys, const JsonValue& record) {
  if (keys.has(Key::audit_id)) return keys.has(Key::verb);
  return keys.has(Key::items) && text_at(record, "kind") == "EventList" &&
         text_at(record, "apiVersion").starts_with("audit.k8s.io/");
}

bool is_cloudtrail(const Keys& keys, const JsonValue& record) {
  if (keys.has(Key::event_source) && keys.has(Key::event_name)) {
    return text_at(record, "eventSource").ends_with(".amazonaws.com");
  }
  if (!keys.has(Key::records)) return false;
  bool found = false;
  const auto records = record.member("Records");
  if (records && records->is_array()) {
    records->for_elements([&](const JsonValue& first) {
      found = first.member("eventSource") && first.member("eventName");
      return false;
    });
  }
  return found;
}

void KubernetesReader::read(const JsonValue& record, Steps& steps) {
  read_each(record, "items", steps, [&](const JsonValue& event) { read_event(event, steps); });
}

void CloudTrailReader::read(const JsonValue& record, Steps& steps) {
  read_each(record, "Records", steps, [&](const JsonValue& call) { read_call(call, steps); });
}

}  // namespace audit::source
