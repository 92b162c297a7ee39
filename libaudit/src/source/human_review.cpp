#include "source/human_review.hpp"

#include "source/json_path.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

// Threads that wait for an answer; with more, those so far are forgotten.
constexpr std::size_t kMostThreads = 4096;
constexpr std::size_t kMostRequests = 256;  // of one question

// What is asked about, in either spelling: {name, args} or {action, args}.
void add_request(const JsonValue& request, std::string_view id, Steps& steps) {
  const std::string_view name = text_at(request, "name");
  steps.add("approval.requested")
      .text(Field::tool, name.empty() ? text_at(request, "action") : name);
  for (const std::string_view arguments : {"args", "arguments"}) {
    if (!steps.has(Field::shown_hash)) {
      steps.arguments(request.member(arguments), Field::shown_hash);
    }
  }
  steps.set(Field::tool_call_id, request.member("id")).text(Field::request_id, id);
}

void add_answer(const JsonValue& answer, Steps& steps) {
  const std::string_view type = text_at(answer, "type");
  const bool is_no = type == "reject" || type == "ignore";
  const bool is_edit = type == "edit";
  if (!is_no && !is_edit && type != "approve" && type != "accept") {
    // Answered in words, for the model to read: neither a yes nor a no to the call.
    steps.add("approval").text(Field::decision, "unknown");
    steps.set(Field::reason, answer.member("message"));
    return;
  }
  steps.add(is_no ? "approval.denied" : "approval.granted");
  steps.text(Field::decision, is_no ? "deny" : is_edit ? "modify" : "allow");
  steps.set(Field::reason, answer.member("message"));
  if (!is_edit) return;
  for (const std::string_view path : {"edited_action.args", "args.args"}) {
    if (steps.has(Field::payload_hash)) continue;
    steps.arguments(value_at(answer, path));
    steps.arguments(value_at(answer, path), Field::shown_hash);  // they wrote it
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

void LangGraphReviewReader::begin_input(std::string_view /*source*/) { asked_.clear(); }

void LangGraphReviewReader::read(const JsonValue& record, Steps& steps) {
  steps.share_place(record);
  thread_ = steps.text_of(Field::session);
  if (record.member("__interrupt__") || record.member("action_requests")) {
    if (asked_.size() >= kMostThreads) asked_.clear();
    asked_[thread_].clear();
    return read_questions(record, steps);
  }
  for (const std::string_view path : {"decisions", "resume.decisions"}) {
    read_answers(record, path, steps);
  }
}

void LangGraphReviewReader::read_questions(const JsonValue& record, Steps& steps) {
  const auto interrupts = record.member("__interrupt__");
  if (!interrupts || !interrupts->is_array()) return read_question(record, {}, steps);
  std::size_t index = 0;
  interrupts->for_elements([&](const JsonValue& one) {
    const std::string_view id = text_at(one, "id");
    steps.enter("__interrupt__", index++);
    if (const auto value = one.member("value")) {
      read_question(*value, id.empty() ? text_at(one, "interrupt_id") : id, steps);
    } else {
      steps.add("approval.requested").text(Field::request_id, id);
      note_request(steps);
    }
  });
}

void LangGraphReviewReader::read_question(const JsonValue& value, std::string_view id,
                                          Steps& steps) {
  const auto requests = value.member("action_requests");
  if (requests && requests->is_array()) {
    requests->for_elements([&](const JsonValue& request) {
      add_request(request, id, steps);
      note_request(steps);
    });
    return;
  }
  if (const auto one = value.member("action_request")) {
    add_request(*one, id, steps);
  } else {
    steps.add("approval.requested").text(Field::request_id, id);
    steps.text(Field::reason, value.text());
  }
  note_request(steps);
}

void LangGraphReviewReader::note_request(const Steps& steps) {
  std::vector<Request>& asked = asked_[thread_];
  if (asked.size() == kMostRequests) return;
  asked.push_back({std::string(steps.text_of(Field::tool)),
                   std::string(steps.text_of(Field::tool_call_id)),
                   std::string(steps.text_of(Field::request_id))});
}

// Decisions are in the order of the requests. With more or fewer of them, which is which is not known.
void LangGraphReviewReader::read_answers(const JsonValue& record, std::string_view path,
                                         Steps& steps) {
  const auto decisions = value_at(record, path);
  if (!decisions || !decisions->is_array()) return;
  std::size_t count = 0;
  decisions->for_elements([&](const JsonValue&) { ++count; });
  std::vector<Request> asked;
  if (const auto open = asked_.find(thread_); open != asked_.end()) {
    if (open->second.size() == count) asked = std::move(open->second);
    asked_.erase(open);
  }
  std::size_t index = 0;
  decisions->for_elements([&](const JsonValue& one) {
    steps.enter(path, index);
    add_answer(one, steps);
    if (index < asked.size()) {
      const Request& request = asked[index];
      if (!steps.has(Field::tool)) steps.text(Field::tool, request.tool);
      steps.text(Field::tool_call_id, request.call).text(Field::request_id, request.id);
    }
    ++index;
  });
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
  steps.add("approval.requested").arguments(value_at(record, "spec.kwargs"), Field::shown_hash);
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
