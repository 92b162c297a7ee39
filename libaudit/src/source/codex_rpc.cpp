#include "source/codex_rpc.hpp"

#include "source/json_path.hpp"
#include "source/scalar.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

// Questions nobody answered.
constexpr std::size_t kMostAsked = 4096;

bool is_run(std::string_view type) {
  return type == "commandExecution" || type == "mcpToolCall" || type == "fileChange";
}

std::string id_text(const std::optional<JsonValue>& id) {
  if (!id) return {};
  if (id->kind() == JsonValue::Kind::number) return std::string(NumberText(id->number()).text());
  return std::string(id->text());
}

// Unlike one of HTTP.
bool is_call_of(const JsonValue& record, std::string_view method) {
  return method == "initialized" || record.member("params");
}

std::string_view kind_of_answer(std::string_view decision) {
  if (decision.starts_with("accept") || decision.starts_with("approved")) return "approval.granted";
  if (decision == "cancel" || decision == "abort") return "approval.withdrawn";
  return "approval.denied";
}

}  // namespace

bool is_codex_rpc(const Keys& keys, const JsonValue& record) {
  if (keys.has(Key::jsonrpc) || (!keys.has(Key::method) && !keys.has(Key::dir))) return false;
  const std::string_view method = text_at(record, "method");
  const std::string_view side = text_at(record, "dir");
  const bool has_side = side == "client" || side == "server";
  if (!method.empty()) {
    const bool is_of_codex =
        method.starts_with("item/") || method.starts_with("turn/") || method.starts_with("thread/");
    return (is_of_codex && record.member("params")) || (has_side && is_call_of(record, method));
  }
  return has_side && keys.has(Key::id) &&
         (keys.has(Key::result) || record.member("error").has_value());
}

void CodexRpcReader::begin_input(std::string_view /*source*/) {
  session_.clear();
  model_.clear();
  total_.clear();
  time_.reset();
  asked_.clear();
}

void CodexRpcReader::read(const JsonValue& record, Steps& steps) {
  const auto params = record.member("params");
  const std::string_view method = text_at(record, "method");
  for (const std::string_view path : {"params.threadId", "result.thread.id", "params.thread.id"}) {
    if (const auto id = text_at(record, path); !id.empty()) session_ = id;
  }
  for (const std::string_view path : {"result.thread.model", "params.thread.model"}) {
    if (const auto model = text_at(record, path); !model.empty()) model_ = model;
  }
  steps.share();
  steps.text(Field::agent, "codex").state(Field::agent, "derived").text(Field::session, session_);
  steps.set(Field::time, record.member("emittedAtMs"));
  if (params && !steps.has(Field::time)) steps.set(Field::time, params->member("startedAtMs"));
  if (steps.has(Field::time)) {
    time_ = steps.number_of(Field::time);
  } else if (time_) {  // the client's have none: order is time
    steps.number(Field::time, *time_).state(Field::time, "derived");
  }
  if (params) {
    steps.set(Field::correlation_id, params->member("turnId"));
    read_request(record, *params, steps);
  } else if (method.empty()) {
    read_answer(record, steps);
  } else {
    steps.add("other").text(Field::action, method);
  }
}

void CodexRpcReader::read_request(const JsonValue& record, const JsonValue& params, Steps& steps) {
  const std::string_view method = text_at(record, "method");
  const auto item = params.member("item");
  if (method.ends_with("requestApproval")) {
    const std::string id = id_text(record.member("id"));
    if (asked_.size() == kMostAsked) asked_.clear();
    asked_[id] = text_at(params, "itemId");
    steps.add("approval.requested").set(Field::tool_call_id, params.member("itemId"));
    steps.text(Field::request_id, id).set(Field::reason, params.member("reason"));
    for (const std::string_view shown : {"command", "changes", "fileChanges"}) {
      if (!steps.has(Field::shown_hash)) steps.arguments(params.member(shown), Field::shown_hash);
    }
  } else if (method == "thread/started") {
    steps.add("session.start").text(Field::model, model_);
  } else if (method == "thread/tokenUsage/updated") {
    return read_usage(params, steps);
  } else if (item && (method == "item/started" || method == "item/completed")) {
    return read_item(*item, method == "item/completed", steps);
  } else if (method == "error") {
    steps.add("error").failed(text_at(params, "error.message"));
  } else {
    steps.add("other");
  }
  steps.text(Field::action, method);
}

void CodexRpcReader::read_answer(const JsonValue& record, Steps& steps) {
  const std::string id = id_text(record.member("id"));
  const std::string_view decision = text_at(record, "result.decision");
  const auto asked = asked_.find(id);
  if (asked != asked_.end() && record.member("result")) {
    const auto said = value_at(record, "result.decision");
    // A yes with an amendment is an object named after it.
    const bool is_amended = said && said->is_object();
    steps.add(is_amended ? "approval.granted" : kind_of_answer(decision));
    steps.text(Field::tool_call_id, asked->second).text(Field::action, decision);
    asked_.erase(asked);
  } else if (const auto error = text_at(record, "error.message"); !error.empty()) {
    steps.add("error").failed(error);
  } else {
    steps.add("other");
  }
  steps.text(Field::request_id, id);
}

void CodexRpcReader::read_item(const JsonValue& item, bool has_ended, Steps& steps) {
  const std::string_view type = text_at(item, "type");
  if (has_ended && type == "agentMessage") {
    steps.add("message").text(Field::action, "assistant");
  } else if (has_ended && type == "userMessage") {
    steps.add("message").text(Field::action, "user");
  } else if (has_ended && type == "reasoning") {
    steps.add("reasoning");
  } else if (!is_run(type) || text_at(item, "status") == "declined") {
    steps.add("other").text(Field::action, type);
  } else {
    steps.add(has_ended ? "tool.result" : "tool.proposed");  // asked first, where it has to be
    const std::string_view tool = text_at(item, "tool");
    steps.text(Field::tool, tool.empty() ? type : tool).set(Field::tool_call_id, item.member("id"));
    for (const std::string_view arguments : {"command", "arguments", "changes"}) {
      if (!steps.has(Field::payload_hash) && !has_ended) steps.arguments(item.member(arguments));
    }
    if (!has_ended) return;
    steps.set(Field::duration_us, item.member("durationMs"));
    steps.set(Field::status, item.member("exitCode"), Reading::exit_code);
    if (!steps.has(Field::status)) steps.set(Field::status, item.member("status"));
    const std::string_view said = text_at(item, "aggregatedOutput");
    if (steps.text_of(Field::status) == "error") steps.failed(said);
  }
}

// The count of the last call; it is repeated where nothing was spent.
void CodexRpcReader::read_usage(const JsonValue& params, Steps& steps) {
  const std::string total = id_text(value_at(params, "tokenUsage.total.totalTokens"));
  const auto last = value_at(params, "tokenUsage.last");
  if (!last || total == total_) {
    steps.add("other").text(Field::action, "thread/tokenUsage/updated");
    return;
  }
  total_ = total;
  steps.add("llm.call").text(Field::model, model_).usage(last).text(Field::status, "ok");
}

}  // namespace audit::source
