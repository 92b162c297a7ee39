#include "source/pi_session.hpp"

#include <algorithm>
#include <array>

#include "source/claude_blocks.hpp"
#include "source/json_path.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

constexpr std::string_view kContent = "message.content";

constexpr std::array<std::string_view, 8> kOtherTypes = {
    "model_change", "thinking_level_change", "compaction", "branch_summary",
    "label",        "session_info",          "custom",     "custom_message"};

constexpr std::array<std::string_view, 7> kRoles = {
    "user",   "assistant",     "toolResult",       "bashExecution",
    "custom", "branchSummary", "compactionSummary"};

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// `usage.input` leaves out what came from the cache.
void set_usage(const JsonValue& message, Steps& steps) {
  steps.set(Field::tokens_in, value_at(message, "usage.input"));
  steps.set(Field::tokens_out, value_at(message, "usage.output"));
  steps.set(Field::tokens_cache_read, value_at(message, "usage.cacheRead"));
  steps.set(Field::tokens_cache_write, value_at(message, "usage.cacheWrite"));
  steps.set(Field::cost_nano, value_at(message, "usage.cost.total"));
  steps.add_cached_tokens();
}

}  // namespace

bool is_pi_session(const Keys& keys, const JsonValue& record) {
  if (!keys.has(Key::timestamp)) return false;
  const std::string_view type = text_at(record, "type");
  if (type == "session") return keys.has(Key::id) && record.member("cwd").has_value();
  if (type == "message") return is_one_of(text_at(record, "message.role"), kRoles);
  if (type == "model_change") return record.member("modelId").has_value();
  return type == "thinking_level_change" || type == "compaction" || type == "branch_summary";
}

void PiSessionReader::begin_input(std::string_view /*source*/) { session_.clear(); }

void PiSessionReader::read(const JsonValue& record, Steps& steps) {
  const std::string_view type = text_at(record, "type");
  if (type == "session") session_ = text_at(record, "id");
  steps.share();
  steps.set(Field::time, record.member("timestamp")).text(Field::agent, "pi");
  steps.state(Field::agent, "derived").text(Field::session, session_);
  if (type != "session" && !session_.empty()) steps.state(Field::session, "derived");
  const auto message = record.member("message");
  const std::string_view role = message ? text_at(*message, "role") : std::string_view();
  if (type == "session") {
    steps.add("session.start").set(Field::model, record.member("modelId"));
    steps.set(Field::provider, record.member("provider"));
    return;
  }
  if (role == "assistant") return read_answer(record, *message, steps);
  if (role == "toolResult" || role == "bashExecution") {
    read_run(*message, steps);
  } else if (type == "message") {
    steps.add("message").text(Field::action, role);
  } else {
    steps.add(type == "model_change" ? "config.change" : "other").text(Field::action, type);
    steps.set(Field::model, record.member("modelId"))
        .set(Field::provider, record.member("provider"));
  }
  // Eight digits, and only in this session.
  const std::string_view id = text_at(record, "id");
  steps.text(Field::span, id).set(Field::parent, record.member("parentId"));
}

void PiSessionReader::read_answer(const JsonValue& record, const JsonValue& message, Steps& steps) {
  steps.set(Field::model, message.member("model")).set(Field::provider, message.member("provider"));
  const std::string_view id = text_at(record, "id");
  std::size_t index = 0;
  const auto content = message.member("content");
  if (content && content->is_array()) {
    content->for_elements([&](const JsonValue& block) {
      const std::string_view type = text_at(block, "type");
      if (type == "toolCall") {
        steps.enter(kContent, index++);
        steps.add("tool.proposed").set(Field::tool, block.member("name"));
        steps.set(Field::tool_call_id, block.member("id")).arguments(block.member("arguments"));
        steps.text(Field::parent, id);
      } else {
        add_claude_block(block, index++, {kContent, {}, id, "assistant"}, steps);
      }
    });
  }
  steps.leave();
  steps.add("llm.call").text(Field::span, id).set(Field::parent, record.member("parentId"));
  set_usage(message, steps);
  const std::string_view reason = text_at(message, "stopReason");
  if (reason == "error") {
    steps.failed(text_at(message, "errorMessage"));
  } else {
    steps.text(Field::status, reason == "aborted" ? "cancelled" : "ok");
    if (reason == "aborted") steps.set(Field::error, message.member("errorMessage"));
  }
}

void PiSessionReader::read_run(const JsonValue& message, Steps& steps) {
  steps.add("tool.result").set(Field::tool, message.member("toolName"));
  steps.set(Field::tool_call_id, message.member("toolCallId"));
  if (text_at(message, "role") == "bashExecution") {  // a person's command, not the model's
    steps.text(Field::tool, "bash").arguments(message.member("command"));
    steps.set(Field::status, message.member("exitCode"), Reading::exit_code);
    if (is_true_at(message, "cancelled")) steps.text(Field::status, "cancelled");
    if (is_true_at(message, "truncated")) steps.state("truncated");
  } else if (is_true_at(message, "isError")) {
    steps.failed(claude_result_text(message));
  } else {
    steps.text(Field::status, "ok");
  }
}

}  // namespace audit::source
