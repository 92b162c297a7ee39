#include "source/trajectory.hpp"

#include <algorithm>
#include <array>

#include "source/json_path.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

constexpr std::array<std::string_view, 6> kRoles = {"system",    "developer", "user",
                                                    "assistant", "tool",      "function"};

bool is_message(const JsonValue& value) {
  const std::string_view role = text_at(value, "role");
  const bool is_known = std::find(kRoles.begin(), kRoles.end(), role) != kRoles.end();
  return is_known && (value.member("content") || value.member("tool_calls"));
}

// Whether the first element of a list is a chat message.
bool is_list_of_messages(const std::optional<JsonValue>& list) {
  bool found = false;
  if (list && list->is_array()) {
    list->for_elements([&](const JsonValue& first) {
      found = is_message(first);
      return false;
    });
  }
  return found;
}

// A text, or that of the first block.
std::string_view content_text(const JsonValue& message) {
  const auto content = message.member("content");
  if (!content) return {};
  std::string_view text = content->text();
  content->for_elements([&](const JsonValue& block) {
    text = text_at(block, "text");
    return text.empty();
  });
  return text;
}

void add_message(const JsonValue& message, Steps& steps) {
  const std::string_view role = text_at(message, "role");
  if (role == "tool" || role == "function") {
    steps.add("tool.result").set(Field::tool, message.member("name"));
    steps.set(Field::tool_call_id, message.member("tool_call_id"));
    if (const auto ids = message.member("tool_call_ids")) {  // SWE-agent
      ids->for_elements([&](const JsonValue& id) {
        steps.set(Field::tool_call_id, id);
        return false;
      });
    }
    const std::string_view text = content_text(message);
    if (text.starts_with("Error")) steps.failed(text);
    return;
  }
  steps.add("message").text(Field::action, role);
  for (const std::string_view calls : {"tool_calls", "function_call"}) {
    const auto asked = message.member(calls);
    if (role == "assistant" && asked) steps.propose(*asked, {});
  }
}

void read_list(const JsonValue& record, std::string_view list, Steps& steps) {
  const auto messages = record.member(list);
  std::size_t index = 0;
  messages->for_elements([&](const JsonValue& message) {
    steps.enter(list, index);
    steps.share();
    steps.number(Field::step, static_cast<std::int64_t>(index++));
    add_message(message, steps);
  });
}

void share_run(const JsonValue& record, Steps& steps) {
  steps.share_place(record);
  if (!steps.has(Field::session)) steps.set(Field::session, record.member("run_id"));
}

// "edit" of "edit 3:4": the command that an action is.
std::string_view command_of(std::string_view action) {
  const std::size_t begin = std::min(action.find_first_not_of(" \t\n"), action.size());
  return action.substr(begin, action.find_first_of(" \t\n", begin) - begin);
}

// The name of a file without folders and endings.
std::string run_in_name(std::string_view source) {
  std::string_view name = source.substr(source.rfind('/') + 1);
  for (const std::string_view end : {".gz", ".zst", ".json", ".jsonl", ".traj"}) {
    if (name.ends_with(end)) name.remove_suffix(end.size());
  }
  return name == "-" ? std::string() : std::string(name);
}

// The id of a call that has none: it is named by its place in its run.
std::string place_of(std::string_view word, const Steps& steps) {
  std::string name(steps.text_of(Field::session));
  if (!name.empty()) name.push_back('/');
  return name.append(word) + std::to_string(steps.number_of(Field::step).value_or(0));
}

// What the application says of the one message: its id, a model, what it cost.
void add_own_fields(const JsonValue& record, Steps& steps) {
  for (const std::string_view id : {"event_id", "id", "uuid"}) {
    if (!steps.has(Field::event_id)) steps.set(Field::event_id, record.member(id));
  }
  for (const std::string_view model : {"model", "model_id"}) {
    if (!steps.has(Field::model)) steps.set(Field::model, record.member(model));
  }
}

}  // namespace

bool is_chat(const Keys& keys, const JsonValue& record) {
  if (keys.has(Key::traj)) return is_list_of_messages(record.member("traj"));
  if (keys.has(Key::message)) {
    const auto message = record.member("message");
    return !keys.has(Key::type) && message->is_object() && is_message(*message);
  }
  if (keys.has(Key::messages)) {  // with a model it is a request, which repeats what was said
    return !keys.has(Key::model) && is_list_of_messages(record.member("messages"));
  }
  return keys.has(Key::role) && !keys.has(Key::type) && is_message(record);
}

bool is_swe_agent(const Keys& keys, const JsonValue& record) {
  if (keys.has(Key::trajectory)) return record.member("trajectory")->is_array();
  bool found = false;
  const auto history = record.member("history");
  if (!history->is_array()) return false;
  history->for_elements([&](const JsonValue& first) {
    found = is_message(first) && first.member("message_type");
    return false;
  });
  return found;
}

bool is_action_step(const Keys& keys, const JsonValue& record) {
  return keys.has(Key::action) && (record.member("reward") || record.member("valid_action"));
}

bool is_failure_log(const Keys& keys, const JsonValue& record) {
  return keys.has(Key::history) && record.member("history")->is_array();
}

void ChatReader::read(const JsonValue& record, Steps& steps) {
  share_run(record, steps);
  for (const std::string_view list : {"messages", "traj"}) {
    const auto messages = record.member(list);
    if (messages && messages->is_array()) return read_list(record, list, steps);
  }
  const auto message = record.member("message");
  add_message(message && message->is_object() ? *message : record, steps);
  if (steps.size() == 1) add_own_fields(record, steps);
}

void SweAgentReader::begin_input(std::string_view source) { session_ = run_in_name(source); }

void SweAgentReader::read(const JsonValue& record, Steps& steps) {
  steps.share();
  steps.text(Field::agent, "swe-agent").state(Field::agent, "derived");
  steps.set(Field::environment, record.member("environment"));
  if (!session_.empty()) steps.text(Field::session, session_).state(Field::session, "derived");
  const auto trajectory = record.member("trajectory");
  std::size_t index = 0;
  if (trajectory && trajectory->is_array()) {
    trajectory->for_elements([&](const JsonValue& step) {
      steps.enter("trajectory", index);
      steps.share();
      steps.number(Field::step, static_cast<std::int64_t>(index++));
      read_step(step, steps);
    });
  }
  if (index == 0 && is_list_of_messages(record.member("history"))) {
    read_list(record, "history", steps);
  }
  steps.leave();
  steps.share();
  steps.drop({Field::step});
  const std::string_view end = text_at(record, "info.exit_status");
  if (end.empty()) return;
  steps.add("session.end").text(Field::action, end);
  steps.text(Field::status, end.starts_with("submitted") ? "ok" : "error");
}

void SweAgentReader::read_step(const JsonValue& step, Steps& steps) {
  const std::string_view action = text_at(step, "action");
  const std::string_view tool = command_of(action);
  const std::string call = place_of("step-", steps);
  if (!text_at(step, "thought").empty()) steps.add("reasoning");
  if (tool.empty()) return;
  steps.add("tool.call").text(Field::tool, tool).text(Field::tool_call_id, call);
  steps.arguments(step.member("action"));
  if (!step.member("observation")) return;
  steps.add("tool.result").text(Field::tool, tool).text(Field::tool_call_id, call);
  steps.set(Field::duration_us, step.member("execution_time"), Reading::seconds);
}

void ActionStepReader::read(const JsonValue& record, Steps& steps) {
  share_run(record, steps);
  // Some name the file of their results there.
  if (!text_at(record, "model").ends_with(".json")) steps.set(Field::model, record.member("model"));
  const std::string call = place_of("turn-", steps);
  const auto set_call = [&] {
    steps.set(Field::tool, record.member("environment")).text(Field::tool_call_id, call);
  };
  steps.add("tool.call").arguments(record.member("action"));
  set_call();
  if (!record.member("observation")) return;
  steps.add("tool.result");
  set_call();
  steps.set(Field::status, record.member("valid_action"), Reading::success);
  const auto seen = record.member("observation");
  if (steps.text_of(Field::status) == "error") steps.failed(seen->text());
}

void FailureLogReader::read(const JsonValue& record, Steps& steps) {
  steps.share();
  steps.set(Field::session, record.member("question_ID"));
  const auto history = record.member("history");
  if (!history || !history->is_array()) return;
  std::size_t index = 0;
  history->for_elements([&](const JsonValue& message) {
    steps.enter("history", index);
    steps.share();
    steps.number(Field::step, static_cast<std::int64_t>(index++));
    const std::string_view name = text_at(message, "name");
    steps.add("agent.message").text(Field::agent, name.empty() ? text_at(message, "role") : name);
  });
  steps.leave();
  steps.share();
  steps.set(Field::step, record.member("mistake_step"));
  steps.add("evaluation").set(Field::agent, record.member("mistake_agent"));
  steps.set(Field::reason, record.member("mistake_reason")).text(Field::action, "mistake");
}

}  // namespace audit::source
