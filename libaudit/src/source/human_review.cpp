#include "source/human_review.hpp"

#include "source/json_path.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

// What is asked about, in either spelling: {name, args} or {action, args}.
void add_request(const JsonValue& request, std::string_view id, Steps& steps) {
  const std::string_view name = text_at(request, "name");
  steps.add("approval.requested")
      .text(Field::tool, name.empty() ? text_at(request, "action") : name);
  for (const std::string_view arguments : {"args", "arguments"}) {
    if (!steps.has(Field::payload_hash)) steps.arguments(request.member(arguments));
  }
  steps.set(Field::tool_call_id, request.member("id")).text(Field::request_id, id);
}

void read_interrupt(const JsonValue& value, std::string_view id, Steps& steps) {
  const auto requests = value.member("action_requests");
  if (requests && requests->is_array()) {
    requests->for_elements([&](const JsonValue& request) { add_request(request, id, steps); });
  } else if (const auto one = value.member("action_request")) {
    add_request(*one, id, steps);
  } else {
    steps.add("approval.requested").text(Field::request_id, id);
    steps.text(Field::reason, value.text());
  }
}

void add_answer(const JsonValue& answer, Steps& steps) {
  const std::string_view type = text_at(answer, "type");
  const bool is_no = type == "reject" || type == "ignore";
  const bool is_edit = type == "edit";
  if (!is_no && !is_edit && type != "approve" && type != "accept") {
    steps.add("approval.denied").text(Field::decision, "unknown");  // it did not run as asked
    steps.set(Field::reason, answer.member("message"));
    return;
  }
  steps.add(is_no ? "approval.denied" : "approval.granted");
  steps.text(Field::decision, is_no ? "deny" : is_edit ? "modify" : "allow");
  steps.set(Field::reason, answer.member("message"));
  if (!is_edit) return;
  for (const std::string_view path : {"edited_action.args", "args.args"}) {
    if (!steps.has(Field::payload_hash)) steps.arguments(value_at(answer, path));
  }
  steps.text(Field::tool, text_at(answer, "edited_action.name"));
}

// True for the words an answer may be.
bool is_answer(const JsonValue& value) {
  const std::string_view type = text_at(value, "type");
  return type == "approve" || type == "reject" || type == "edit" || type == "respond" ||
         type == "accept" || type == "ignore" || type == "response";
}

}  // namespace

bool is_langgraph_review(const Keys& keys, const JsonValue& record) {
  if (keys.has(Key::interrupt) || keys.has(Key::action_requests)) return true;
  if (!keys.has(Key::decisions) && !keys.has(Key::resume)) return false;
  const auto decisions =
      keys.has(Key::decisions) ? record.member("decisions") : value_at(record, "resume.decisions");
  bool found = false;
  if (decisions && decisions->is_array()) {
    decisions->for_elements([&](const JsonValue& one) {
      found = is_answer(one);
      return found;
    });
  }
  return found;
}

void LangGraphReviewReader::read(const JsonValue& record, Steps& steps) {
  steps.share_place(record);
  const auto interrupts = record.member("__interrupt__");
  if (interrupts && interrupts->is_array()) {
    std::size_t index = 0;
    interrupts->for_elements([&](const JsonValue& one) {
      const std::string_view id = text_at(one, "id");
      steps.enter("__interrupt__", index++);
      if (const auto value = one.member("value")) {
        read_interrupt(*value, id.empty() ? text_at(one, "interrupt_id") : id, steps);
      } else {
        steps.add("approval.requested").text(Field::request_id, id);
      }
    });
    return;
  }
  if (record.member("action_requests")) return read_interrupt(record, {}, steps);
  for (const std::string_view path : {"decisions", "resume.decisions"}) {
    const auto decisions = value_at(record, path);
    if (!decisions || !decisions->is_array()) continue;
    std::size_t index = 0;
    decisions->for_elements([&](const JsonValue& one) {
      steps.enter(path, index++);
      add_answer(one, steps);
    });
  }
}

bool is_humanlayer(const Keys& keys, const JsonValue& record) {
  return keys.has(Key::call_id) && (value_at(record, "spec.fn") || value_at(record, "spec.msg"));
}

void HumanLayerReader::read(const JsonValue& record, Steps& steps) {
  steps.share();
  steps.set(Field::session, record.member("run_id"));
  steps.set(Field::tool_call_id, record.member("call_id"));
  steps.set(Field::tool, value_at(record, "spec.fn"));
  const auto status = record.member("status");
  const auto said = status ? status->member("approved") : status;
  const bool is_answered = said && said->kind() == JsonValue::Kind::boolean;
  steps.add("approval.requested").arguments(value_at(record, "spec.kwargs"));
  if (status) steps.set(Field::time, status->member("requested_at"));
  if (!is_answered) return;
  steps.add(said->truth() ? "approval.granted" : "approval.denied");
  steps.set(Field::time, status->member("responded_at"))
      .set(Field::reason, status->member("comment"));
  for (const std::string_view path : {"user_info.email", "user_info.name", "user_info.id"}) {
    if (!steps.has(Field::approver)) steps.set(Field::approver, value_at(*status, path));
  }
}

}  // namespace audit::source
