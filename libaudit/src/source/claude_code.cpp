#include "source/claude_code.hpp"

#include <algorithm>
#include <array>

#include "source/json_path.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

constexpr std::string_view kContent = "message.content";

// Nobody refuses more calls in a session, or leaves more questions open.
constexpr std::size_t kMostRefused = 4096;
constexpr std::size_t kMostAsked = 4096;

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 23> kTranscriptTypes = {"user",
                                                               "assistant",
                                                               "system",
                                                               "summary",
                                                               "queue-operation",
                                                               "file-history-snapshot",
                                                               "progress",
                                                               "attachment",
                                                               "custom-title",
                                                               "ai-title",
                                                               "agent-name",
                                                               "permission-mode",
                                                               "last-prompt",
                                                               "atis-latch",
                                                               "api-request",
                                                               "tools-used",
                                                               "api-request-blob",
                                                               "api-request-shape",
                                                               "cost-state",
                                                               "mode",
                                                               "saved_hook_context",
                                                               "session-title",
                                                               "pr-link"};

constexpr std::array<std::string_view, 9> kStreamTypes = {"user",
                                                          "assistant",
                                                          "system",
                                                          "result",
                                                          "stream_event",
                                                          "rate_limit_event",
                                                          "conversation_reset",
                                                          "control_request",
                                                          "control_response"};

// Words that others use, too: what is of Claude Code has more to it.
bool is_common(std::string_view type) {
  return type == "user" || type == "assistant" || type == "system" || type == "progress" ||
         type == "attachment";
}

// What the program writes as the result of a call that a person refused.
bool says_refused(std::string_view text) {
  return text.starts_with("The user doesn't want to proceed with this tool use") ||
         text.starts_with("The user doesn't want to take this action right now");
}

// Whose session, and what of it holds for every step.
void share_place(const JsonValue& record, Steps& steps) {
  const auto first = [&](std::string_view a, std::string_view b) {
    const auto value = record.member(a);
    return value ? value : record.member(b);
  };
  steps.set(Field::session, first("sessionId", "session_id"));
  steps.set(Field::time, record.member("timestamp"));
  steps.set(Field::agent_version, first("version", "claude_code_version"));
  steps.set(Field::request_id, first("requestId", "request_id"));
  steps.set(Field::correlation_id, record.member("promptId"));
  if (const auto agent = record.member("agentId")) {
    steps.set(Field::agent, agent);
  } else {
    steps.text(Field::agent, "claude-code").state(Field::agent, "derived");
  }
}

// A person's answer, or else what a rule of the program decided.
void add_decision(const ClaudeReader::Decision& decision, Steps& steps) {
  const std::string_view word = steps.words().decision(decision.word);
  if (decision.source.starts_with("user_")) {
    steps.add(word == "deny" ? "approval.denied" : "approval.granted");
  } else {
    steps.add("policy.decision").text(Field::policy, decision.source);
  }
  steps.text(Field::decision, word);
}

void set_ids(const JsonValue& record, Steps& steps) {
  steps.set(Field::event_id, record.member("uuid"));
  steps.set(Field::parent, record.member("parentUuid"));
}

}  // namespace

bool is_claude_code(const Keys& keys, const JsonValue& record) {
  const std::string_view type = text_at(record, "type");
  if (type == "summary") return keys.has(Key::leaf_uuid);
  if (is_common(type) && !keys.has(Key::uuid)) return false;
  if (type == "mode") return keys.has(Key::session_id_camel) && record.member("mode");
  if (type == "file-history-snapshot") return true;
  return keys.has(Key::session_id_camel) && is_one_of(type, kTranscriptTypes);
}

bool is_claude_stream(const Keys& keys, const JsonValue& record) {
  const std::string_view type = text_at(record, "type");
  if (!is_one_of(type, kStreamTypes)) return false;
  if (type == "control_request") return keys.has(Key::request);
  if (type == "control_response") return keys.has(Key::response);
  if (!keys.has(Key::session_id)) return false;
  if (type == "system" || type == "result") return keys.has(Key::subtype);
  const bool is_message = type == "user" || type == "assistant";
  return is_message ? value_at(record, kContent).has_value() : keys.has(Key::uuid);
}

void ClaudeReader::begin_input(std::string_view /*source*/) {
  asked_.clear();
  refused_.clear();
  time_.reset();
}

void ClaudeReader::read(const JsonValue& record, Steps& steps) {
  steps.share();
  share_place(record, steps);
  if (steps.has(Field::time)) {
    time_ = steps.number_of(Field::time);
  } else if (time_) {  // order is time
    steps.number(Field::time, *time_).state(Field::time, "derived");
  }
  const std::string_view type = text_at(record, "type");
  if (type == "user") return read_user(record, steps);
  if (type == "assistant") return read_answer(record, steps);
  if (type == "system") return read_system(record, steps);
  if (type == "result") return read_end(record, steps);
  if (type == "control_request" || type == "control_response") return read_control(record, steps);
  steps.add(type == "permission-mode" ? "config.change" : "other").text(Field::action, type);
  steps.set(Field::event_id, record.member("uuid"))
      .set(Field::model, value_at(record, "params.model"));
}

void ClaudeReader::read_user(const JsonValue& record, Steps& steps) {
  const auto content = value_at(record, kContent);
  const std::string_view role = is_true_at(record, "isMeta") ? "meta" : "user";
  std::string_view parent = text_at(record, "parentUuid");
  if (parent.empty()) parent = text_at(record, "parent_tool_use_id");
  const ClaudeBlocks blocks{kContent, text_at(record, "uuid"), parent, role};
  if (!content || !content->is_array()) {
    steps.add("message").text(Field::action, role);
    set_ids(record, steps);
    return;
  }
  note_decisions(record);
  std::size_t index = 0;
  content->for_elements([&](const JsonValue& block) {
    if (text_at(block, "type") == "tool_result") {
      read_result(block, index, blocks, steps);
    } else {
      add_claude_block(block, index, blocks, steps);
    }
    ++index;
    return !steps.has_too_many();
  });
}

// What a record says was decided about the calls it has the results of: read once, not for each.
void ClaudeReader::note_decisions(const JsonValue& record) {
  decision_.reset();
  decisions_.clear();
  if (const auto said = record.member("permissionDecision")) {
    decision_ = {text_at(*said, "decision"), text_at(*said, "source")};
  }
  took_ = value_at(record, "toolUseResult.totalDurationMs");
  const auto all = record.member("tool_result_meta");
  if (decision_ || !all) return;
  all->for_elements([&](const JsonValue& one) {
    decisions_[text_at(one, "id")] = {text_at(one, "permission_decision.decision"),
                                      text_at(one, "permission_decision.source")};
  });
}

ClaudeReader::Decision ClaudeReader::decision_about(std::string_view call) const {
  if (decision_) return *decision_;
  const auto found = decisions_.find(call);
  return found == decisions_.end() ? Decision() : found->second;
}

// The result of a call; of one that was refused, only the refusal: it did not run. Where nothing but
// its words say so, it stays a result, too: a tool may fail in these words.
void ClaudeReader::read_result(const JsonValue& block, std::size_t index,
                               const ClaudeBlocks& blocks, Steps& steps) {
  Decision decision = decision_about(text_at(block, "tool_use_id"));
  // A refusal is an error; a tool that answers in the same words is none.
  const bool by_words = decision.word.empty() && is_true_at(block, "is_error") &&
                        says_refused(claude_result_text(block));
  if (by_words) decision = {"reject", "user_reject"};
  const std::string_view call = text_at(block, "tool_use_id");
  steps.enter(blocks.path, index);
  if (!by_words && steps.words().decision(decision.word) == "deny") {
    add_decision(decision, steps);
    steps.text(Field::tool_call_id, call).text(Field::reason, claude_result_text(block));
    set_claude_block_ids(index, blocks, steps);
    return note_refused(call);
  }
  add_claude_block(block, index, blocks, steps);
  if (took_ && took_->kind() == JsonValue::Kind::number) steps.set(Field::duration_us, took_);
  if (by_words) {
    steps.drop({Field::error}).text(Field::status, "denied").state(Field::status, "derived");
  }
  if (decision.word.empty()) return;
  add_decision(decision, steps);
  steps.text(Field::tool_call_id, call);
  if (!blocks.parent.empty()) steps.text(Field::parent, blocks.parent);
  if (!by_words) return;
  steps.text(Field::reason, claude_result_text(block)).state(Field::decision, "derived");
  note_refused(call);
}

void ClaudeReader::note_refused(std::string_view call) {
  if (refused_.size() < kMostRefused) refused_.emplace(call);
}

// One answer is written in several lines, and each repeats what the whole of it cost.
void ClaudeReader::read_answer(const JsonValue& record, Steps& steps) {
  const auto message = record.member("message");
  if (!message || !message->is_object()) return;
  const std::string_view id = text_at(*message, "id");
  const std::string_view above = text_at(record, "parent_tool_use_id");
  const bool has_failed =
      is_true_at(record, "isApiErrorMessage") || text_at(*message, "model") == "<synthetic>";
  if (!has_failed) steps.set(Field::model, message->member("model"));
  const auto content = message->member("content");
  std::size_t index = 0;
  if (content && content->is_array() && !has_failed) {
    const ClaudeBlocks blocks{kContent, text_at(record, "uuid"), id, "assistant"};
    content->for_elements(
        [&](const JsonValue& block) { add_claude_block(block, index++, blocks, steps); });
  }
  steps.leave();
  if (has_failed) {
    steps.add("llm.call").failed(claude_result_text(*message));
    steps.set(Field::event_id, record.member("uuid"));
    return;
  }
  steps.add_once("llm.call", id).text(Field::parent, above);
  set_claude_usage(*message, steps);
  const bool is_stream = record.member("session_id").has_value();
  if (text_at(*message, "stop_reason").empty()) {  // counted before the answer was whole
    if (is_stream) steps.drop({Field::tokens_out});
    steps.state(Field::tokens_out, "truncated");
  } else {
    steps.text(Field::status, text_at(*message, "stop_reason") == "refusal" ? "error" : "ok");
  }
}

void ClaudeReader::read_system(const JsonValue& record, Steps& steps) {
  const std::string_view subtype = text_at(record, "subtype");
  if (subtype == "init") {
    steps.add("session.start").set(Field::model, record.member("model"));
  } else if (subtype == "api_error" || subtype == "api_retry") {
    const auto error = record.member("error");
    std::string_view message = error ? error->text() : std::string_view();
    if (message.empty()) message = text_at(record, "error.formatted");
    if (message.empty()) message = text_at(record, "error.message");
    steps.add("llm.call").failed(message);
    if (error) steps.set(Field::request_id, error->member("requestId"));
  } else {
    steps.add("other").text(Field::action, subtype);
    steps.set(Field::tool_call_id, record.member("tool_use_id"));
    steps.set(Field::tool_call_id, record.member("toolUseID"));
  }
  steps.set(Field::event_id, record.member("uuid"));
}

// The end of a turn. Its sums are content: the calls were counted.
void ClaudeReader::read_end(const JsonValue& record, Steps& steps) {
  steps.add("session.end").text(Field::action, text_at(record, "subtype"));
  set_ids(record, steps);
  steps.set(Field::duration_us, record.member("duration_ms"));
  // Of all calls so far: it counts in a run where nothing else tells what they cost.
  steps.set(Field::cost_nano, record.member("total_cost_usd"));
  const std::string_view subtype = text_at(record, "subtype");
  if (is_true_at(record, "is_error") || subtype.starts_with("error")) {
    const std::string_view told = text_at(record, "result");
    steps.failed(told.empty() ? subtype : told);
  } else {
    steps.text(Field::status, "ok");
  }
  const auto denials = record.member("permission_denials");
  if (!denials) return;
  denials->for_elements([&](const JsonValue& denial) {
    const std::string_view call = text_at(denial, "tool_use_id");
    if (refused_.contains(std::string(call))) return;  // told where it was refused
    steps.add("policy.decision").text(Field::decision, "deny");
    steps.set(Field::tool, denial.member("tool_name")).text(Field::tool_call_id, call);
    steps.arguments(denial.member("tool_input"));
  });
}

// Asked for and answered over the channel beside the messages.
void ClaudeReader::read_control(const JsonValue& record, Steps& steps) {
  const auto request = record.member("request");
  if (request && text_at(*request, "subtype") == "can_use_tool") {
    return read_question(record, *request, steps);
  }
  const std::string_view behavior = text_at(record, "response.response.behavior");
  const std::string_view word = steps.words().decision(behavior);
  const auto id = value_at(record, "response.request_id");
  Question question;
  if (const auto asked = asked_.find(id ? std::string(id->text()) : std::string());
      asked != asked_.end()) {
    question = std::move(asked->second);
    asked_.erase(asked);
  }
  if (word.empty()) {
    steps.add("other").text(Field::action, text_at(record, "type"));
  } else {
    steps.add(word == "deny" ? "approval.denied" : "approval.granted");
    steps.text(Field::decision, word);
    steps.text(Field::tool, question.tool).text(Field::tool_call_id, question.call);
    steps.set(Field::reason, value_at(record, "response.response.message"));
    const auto input = value_at(record, "response.response.updatedInput");
    if (input && input->is_object()) set_changed_input(*input, question.shown, steps);
  }
  if (id) steps.set(Field::request_id, id);
}

void ClaudeReader::read_question(const JsonValue& record, const JsonValue& request, Steps& steps) {
  steps.add("approval.requested").set(Field::tool, request.member("tool_name"));
  steps.set(Field::tool_call_id, request.member("tool_use_id"));
  steps.arguments(request.member("input"), Field::shown_hash);
  steps.text(Field::approval, "requested");
  if (asked_.size() == kMostAsked) asked_.clear();
  asked_[std::string(text_at(record, "request_id"))] = {
      std::string(steps.text_of(Field::tool)), std::string(steps.text_of(Field::tool_call_id)),
      std::string(steps.text_of(Field::shown_hash))};
}

// A yes says what it is a yes to: nearly always what was asked.
//   asked   the digest of what was asked; empty if that is not known
void ClaudeReader::set_changed_input(const JsonValue& input, std::string_view asked, Steps& steps) {
  steps.arguments(input).arguments(input, Field::shown_hash);
  const std::string_view allowed = steps.text_of(Field::payload_hash);
  if (!asked.empty() && !allowed.empty() && allowed != asked) steps.text(Field::decision, "modify");
}

}  // namespace audit::source
