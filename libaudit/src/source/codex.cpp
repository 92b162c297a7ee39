#include "source/codex.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "source/codex_output.hpp"
#include "source/json_path.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

constexpr std::array<std::string_view, 7> kRolloutTypes = {
    "session_meta", "turn_context", "response_item",     "event_msg",
    "compacted",    "world_state",  "token_usage_record"};

constexpr std::array<std::string_view, 8> kEventTypes = {
    "thread.started", "turn.started", "turn.completed", "turn.failed",
    "item.started",   "item.updated", "item.completed", "error"};

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// "rollout-2026-01-02T03-04-05-<uuid>.jsonl": the name of a file says whose session it is.
std::string session_in_name(std::string_view source) {
  constexpr std::size_t kUuid = 36;
  const std::size_t name = source.rfind("rollout-");
  const std::size_t end = source.find(".jsonl", name == std::string_view::npos ? 0 : name);
  if (name == std::string_view::npos || end == std::string_view::npos || end < name + kUuid) {
    return {};
  }
  return std::string(source.substr(end - kUuid, kUuid));
}

// What a result says in words: a text, or blocks of text.
std::string_view output_text(const JsonValue& output) {
  std::string_view text = output.text();
  output.for_elements([&](const JsonValue& block) {
    if (text.empty()) text = text_at(block, "text");
    return text.empty();
  });
  return text;
}

bool is_call(std::string_view type) {
  return type == "function_call" || type == "custom_tool_call" || type == "local_shell_call" ||
         type == "web_search_call" || type == "tool_search_call";
}

std::int64_t integer_at(const JsonValue& from, std::string_view path, std::int64_t otherwise) {
  const auto value = value_at(from, path);
  if (!value || value->kind() != JsonValue::Kind::number) return otherwise;
  const base::JsonNumber number = value->number();
  return number.kind == base::JsonNumber::Kind::signed_integer ? number.i : otherwise;
}

void set_duration(const JsonValue& item, Steps& steps) {
  constexpr std::int64_t kMost = 1'000'000'000;
  const std::int64_t seconds = integer_at(item, "duration.secs", -1);
  const std::int64_t nanos = integer_at(item, "duration.nanos", 0);
  if (seconds < 0 || seconds > kMost || nanos < 0 || nanos >= kMost) return;
  steps.number(Field::duration_us, seconds * 1'000'000 + nanos / 1000);
}

void set_exit(const JsonValue& code, Steps& steps) {
  steps.set(Field::status, code, Reading::exit_code);
}

}  // namespace

bool is_codex_rollout(const Keys& keys, const JsonValue& record) {
  return keys.has(Key::timestamp) && keys.has(Key::payload) &&
         is_one_of(text_at(record, "type"), kRolloutTypes);
}

bool is_codex_event(const Keys& keys, const JsonValue& record) {
  const std::string_view type = text_at(record, "type");
  if (!is_one_of(type, kEventTypes) || keys.has(Key::timestamp)) return false;
  if (type == "thread.started") return record.member("thread_id").has_value();
  if (type == "turn.started") return true;
  if (type == "turn.completed") return record.member("usage").has_value();
  if (type == "turn.failed") return record.member("error").has_value();
  return type != "error" && !text_at(record, "item.type").empty();
}

void CodexSession::share(bool told_here, Steps& steps) const {
  steps.share();
  for (const auto& [field, text] :
       {std::pair{Field::session, &id}, std::pair{Field::agent, &agent},
        std::pair{Field::agent_version, &version}, std::pair{Field::provider, &provider}}) {
    if (text->empty()) continue;
    steps.text(field, *text);
    if (!told_here) steps.state(field, "derived");
  }
  if (!turn.empty()) steps.text(Field::correlation_id, turn);
}

// --- Rollouts ---

void CodexRolloutReader::begin_input(std::string_view source) {
  session_ = {};
  session_.id = session_in_name(source);
  own_tools_.clear();
  total_tokens_ = -1;
  has_usage_records_ = false;
}

void CodexRolloutReader::read(const JsonValue& record, Steps& steps) {
  const auto payload = record.member("payload");
  const std::string_view type = text_at(record, "type");
  if (!payload || !payload->is_object()) return;
  if (type == "session_meta") begin_session(*payload);
  if (const auto turn = text_at(*payload, "turn_id"); !turn.empty()) session_.turn = turn;
  session_.share(type == "session_meta", steps);
  steps.set(Field::time, record.member("timestamp")).set(Field::step, record.member("ordinal"));
  if (type == "session_meta") {
    steps.add("session.start").text(Field::action, text_at(*payload, "source"));
  } else if (type == "turn_context") {
    session_.model = text_at(*payload, "model");
    steps.add("other").text(Field::action, type).set(Field::model, payload->member("model"));
  } else if (type == "response_item") {
    read_item(*payload, steps);
  } else if (type == "token_usage_record") {
    has_usage_records_ = true;
    steps.add("llm.call").text(Field::model, session_.model).usage(payload->member("usage"));
    steps.set(Field::event_id, payload->member("response_id")).text(Field::status, "ok");
  } else if (type == "event_msg") {
    read_event(*payload, steps);
  } else {
    steps.add("other").text(Field::action, type);
  }
}

void CodexRolloutReader::begin_session(const JsonValue& payload) {
  const std::string_view id = text_at(payload, "id");
  session_.id = id.empty() ? text_at(payload, "session_id") : id;
  session_.agent = text_at(payload, "originator");
  session_.version = text_at(payload, "cli_version");
  session_.provider = text_at(payload, "model_provider");
}

void CodexRolloutReader::read_item(const JsonValue& item, Steps& steps) {
  const std::string_view type = text_at(item, "type");
  if (type == "message") {
    steps.add("message").text(Field::action, text_at(item, "role"));
  } else if (type == "reasoning") {
    steps.add("reasoning");
    if (!text_at(item, "encrypted_content").empty()) steps.state("encrypted");
  } else if (is_call(type)) {
    const std::string_view name = text_at(item, "name");
    steps.add("tool.proposed").text(Field::tool, name.empty() ? type : name);
    steps.set(Field::tool_call_id, item.member("call_id"));
    note_call(item);
    for (const std::string_view arguments : {"arguments", "input", "action"}) {
      if (!steps.has(Field::payload_hash)) steps.arguments(item.member(arguments));
    }
  } else if (type.ends_with("_output")) {
    return read_output(item, steps);
  } else {
    steps.add("other").text(Field::action, type);
  }
  steps.set(Field::event_id, item.member("id"));
}

// Calls of Codex's own tools, whose answers it writes itself; those of servers have a namespace.
void CodexRolloutReader::note_call(const JsonValue& item) {
  constexpr std::size_t kMost = 4096;
  const std::string_view name = text_at(item, "name");
  const std::string_view space = text_at(item, "namespace");
  const bool is_own = (space.empty() || space == "functions") && !name.starts_with("mcp__");
  const std::string_view id = text_at(item, "call_id");
  if (is_own && !id.empty() && own_tools_.size() < kMost)
    own_tools_.insert_or_assign(std::string(id), name);
}

// The answer to a call. That it was refused is said in words only: they stay what came back.
void CodexRolloutReader::read_output(const JsonValue& item, Steps& steps) {
  const auto output = item.member("output");
  const std::string_view text = output ? output_text(*output) : std::string_view();
  const auto call = own_tools_.extract(std::string(text_at(item, "call_id")));
  const CodexRefusal refusal =
      codex_refusal(call.empty() ? std::string_view() : std::string_view(call.mapped()), text);
  steps.add("tool.result").set(Field::event_id, item.member("id"));
  steps.set(Field::tool_call_id, item.member("call_id"));
  if (refusal == CodexRefusal::none) {
    const auto code = codex_exit_code(text);
    if (code && *code != 0) steps.failed(text);
    if (code && *code == 0) steps.text(Field::status, "ok");
    return;
  }
  const bool by_person = refusal == CodexRefusal::by_person;
  steps.text(Field::status, "denied").state(Field::status, "derived");
  steps.add(by_person ? "approval.denied" : "policy.decision").text(Field::decision, "deny");
  steps.text(Field::reason, text).state(Field::decision, "derived");
  steps.set(Field::tool_call_id, item.member("call_id"));
  if (!by_person) steps.text(Field::policy, "codex");
}

void CodexRolloutReader::read_event(const JsonValue& event, Steps& steps) {
  const std::string_view type = text_at(event, "type");
  if (type == "token_count") return read_token_count(event, steps);
  if (type == "item_completed" && text_at(event, "item.type") == "CommandExecution") {
    const auto item = event.member("item");
    steps.add("tool.call").set(Field::tool_call_id, item->member("id"));
    steps.set(Field::time, event.member("started_at_ms"));
    return set_duration(*item, steps);
  }
  if (type == "exec_command_begin" || type == "mcp_tool_call_begin" ||
      type == "patch_apply_begin") {
    steps.add("tool.call").set(Field::tool, value_at(event, "invocation.tool"));
  } else if (type.ends_with("approval_request")) {
    steps.add("approval.requested").text(Field::approval, "requested");
    steps.arguments(event.member("command"), Field::shown_hash);
    steps.set(Field::reason, event.member("reason"));
  } else if (type == "turn_aborted") {
    steps.add("stop").text(Field::status, "cancelled").set(Field::reason, event.member("reason"));
  } else if (type == "error" || type == "stream_error") {
    steps.add("error").failed(text_at(event, "message"));
  } else {
    steps.add("other");
    if (type == "task_started") steps.set(Field::trace, event.member("trace_id"));
  }
  steps.text(Field::action, type).set(Field::tool_call_id, event.member("call_id"));
}

// The count of the last call; it is repeated where nothing was spent.
void CodexRolloutReader::read_token_count(const JsonValue& event, Steps& steps) {
  const auto last = value_at(event, "info.last_token_usage");
  const std::int64_t total = integer_at(event, "info.total_token_usage.total_tokens", -1);
  const bool is_new = last && last->is_object() && total != total_tokens_ && !has_usage_records_;
  if (!is_new) {
    steps.add("other").text(Field::action, "token_count");
    return;
  }
  total_tokens_ = total;
  steps.add("llm.call").text(Field::model, session_.model).usage(last).text(Field::status, "ok");
}

// --- The events of `codex exec --json` ---

void CodexEventReader::begin_input(std::string_view /*source*/) { session_ = {}; }

void CodexEventReader::read(const JsonValue& record, Steps& steps) {
  const std::string_view type = text_at(record, "type");
  if (type == "thread.started") session_.id = text_at(record, "thread_id");
  session_.agent = "codex";
  session_.share(type == "thread.started", steps);
  if (type == "thread.started") steps.state(Field::agent, "derived");
  const auto item = record.member("item");
  if (type == "thread.started") {
    steps.add("session.start");
  } else if (type == "turn.failed") {
    steps.add("error").failed(text_at(record, "error.message"));
  } else if (item && type != "item.updated") {
    read_item(*item, type == "item.completed", steps);
  } else {
    steps.add("other");  // sums over all calls of a turn are content
  }
  if (!item) steps.text(Field::action, type);
}

void CodexEventReader::read_item(const JsonValue& item, bool has_ended, Steps& steps) {
  const std::string_view type = text_at(item, "type");
  if (type == "command_execution" || type == "mcp_tool_call") {
    read_run(item, has_ended, steps);
  } else if (has_ended && type == "agent_message") {
    steps.add("message").text(Field::action, "assistant");
  } else if (has_ended && type == "reasoning") {
    steps.add("reasoning");
  } else if (has_ended && type == "error") {
    steps.add("error").failed(text_at(item, "message"));
  } else {
    steps.add("other").text(Field::action, type);
  }
}

// Items are counted from the first of each session: another one has the same numbers.
void CodexEventReader::read_run(const JsonValue& item, bool has_ended, Steps& steps) {
  const bool is_declined = text_at(item, "status") == "declined";
  steps.add(is_declined ? "policy.decision" : has_ended ? "tool.result" : "tool.call");
  const std::string_view tool = text_at(item, "tool");
  const std::string_view id = text_at(item, "id");
  steps.text(Field::tool, tool.empty() ? text_at(item, "type") : tool);
  steps.text(Field::tool_call_id, session_.id.empty() || id.empty()
                                      ? std::string(id)
                                      : session_.id + '/' + std::string(id));
  for (const std::string_view arguments : {"command", "arguments"}) {
    if (!has_ended) steps.arguments(item.member(arguments));
  }
  if (is_declined) {
    steps.text(Field::decision, "deny");
  } else if (const auto code = item.member("exit_code"); has_ended && code) {
    set_exit(*code, steps);
  } else if (has_ended) {
    steps.set(Field::status, item.member("status"));
  }
}

}  // namespace audit::source
