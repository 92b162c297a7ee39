#include "source/mcp.hpp"

#include <optional>
#include <utility>

#include "event/arguments.hpp"
#include "source/claude_blocks.hpp"
#include "source/json_path.hpp"
#include "source/scalar.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

// Questions nobody answered, and connections; more, and those so far are forgotten.
constexpr std::size_t kMostOpen = 4096;
constexpr std::size_t kMostConnections = 4096;

constexpr std::string_view kSessions[] = {"session", "session_id", "sessionId", "mcp-session-id"};

// The message itself: the record, or what a logger put around it.
std::optional<JsonValue> message_in(const JsonValue& record) {
  if (record.member("jsonrpc")) return record;
  for (const std::string_view name : {"message", "payload", "data"}) {
    const auto inner = record.member(name);
    if (inner && inner->member("jsonrpc")) return inner;
  }
  return std::nullopt;
}

// "client" of "client->server", and "sent" of "sent".
std::string_view side_of(const JsonValue& record) {
  std::string_view side = text_at(record, "dir");
  if (side.empty()) side = text_at(record, "direction");
  return side.substr(0, side.find("->"));
}

// 1 and "1" are two.
std::string id_text(const JsonValue& id) {
  if (id.kind() == JsonValue::Kind::number) return std::string(NumberText(id.number()).text());
  return '"' + std::string(id.text()) + '"';
}

void set_request_id(const JsonValue& id, Steps& steps) { steps.set(Field::request_id, id); }

// Of "00-<trace>-<span>-01", as W3C's trace context has it. The span is one of the caller's own.
void set_trace(const JsonValue& params, Steps& steps) {
  constexpr std::size_t kLength = 55;
  const std::string_view parent = text_at(params, "_meta.traceparent");
  if (parent.size() != kLength) return;
  steps.text(Field::trace, parent.substr(3, 32));
}

// What a person said to a question of the server's. A form may hold a no of its own.
std::string_view answer_word(const JsonValue& result) {
  const std::string_view action = text_at(result, "action");
  if (action == "decline") return "denied";
  if (action == "cancel") return "withdrawn";
  if (action != "accept") return {};
  for (const std::string_view name : {"content.approve", "content.approved", "content.confirm"}) {
    const auto said = value_at(result, name);
    if (said && said->kind() == JsonValue::Kind::boolean && !said->truth()) return "denied";
  }
  return "granted";
}

}  // namespace

bool is_mcp(const Keys& keys, const JsonValue& record) {
  if (keys.has(Key::jsonrpc)) return true;
  if (!keys.has(Key::message) && !keys.has(Key::payload) && !keys.has(Key::data)) return false;
  return message_in(record).has_value();
}

void McpReader::begin_input(std::string_view /*source*/) {
  connections_.clear();
  open_.clear();
}

void McpReader::read(const JsonValue& record, Steps& steps) {
  const auto message = message_in(record);
  if (!message) return;
  const std::string_view side = side_of(record);
  const std::string_view method = text_at(*message, "method");
  const auto params = message->member("params");
  begin_connection(record);
  if (method == "initialize" && params) begin_session(record, *params);
  share_record(record, *message, steps);
  if (params) set_trace(*params, steps);
  if (method.empty()) {
    read_answer(*message, side, steps);
  } else if (message->member("id")) {
    read_request(*message, side, steps);
  } else {
    read_notification(*message, side, steps);
  }
}

// Which connection a record is of. One that is new goes on where its server's without a session was.
void McpReader::begin_connection(const JsonValue& record) {
  server_ = text_at(record, "server");
  name_ = server_;
  for (const std::string_view session : kSessions) {
    const std::string_view id = text_at(record, session);
    if (id.empty()) continue;
    name_.append("\n").append(id);
    break;
  }
  if (connections_.contains(name_)) return;
  if (connections_.size() >= kMostConnections) connections_.clear();
  const auto before = connections_.find(server_);
  connections_.emplace(name_, before == connections_.end() ? Connection() : before->second);
}

// Its session has no name of its own: it is that of its first message.
void McpReader::begin_session(const JsonValue& record, const JsonValue& params) {
  std::erase_if(open_, [&](const auto& asked) { return asked.second.connection == name_; });
  Connection& connection = connections_[name_];
  connection = {{},
                std::string(text_at(params, "clientInfo.name")),
                std::string(text_at(params, "clientInfo.version"))};
  if (const auto digest = event::hash_arguments(record)) {
    connection.session = "mcp-" + to_hex(*digest).substr(0, 16);
  }
}

void McpReader::share_record(const JsonValue& record, const JsonValue& message, Steps& steps) {
  steps.share();
  for (const std::string_view name : {"ts", "timestamp", "time"}) {
    if (!steps.has(Field::time)) steps.set(Field::time, record.member(name));
  }
  const Connection& connection = connections_[name_];
  const bool is_first = text_at(message, "method") == "initialize";
  for (const std::string_view name : kSessions) {
    if (!steps.has(Field::session)) steps.text(Field::session, text_at(record, name));
  }
  if (!steps.has(Field::session) && !connection.session.empty()) {
    steps.text(Field::session, connection.session).state(Field::session, "derived");
  }
  steps.text(Field::service, server_);
  if (connection.agent.empty()) return;
  steps.text(Field::agent, connection.agent).text(Field::agent_version, connection.version);
  if (!is_first) steps.state(Field::agent, "derived");
}

// Numbers are counted from the first message of each connection: another one has the same.
std::string McpReader::made_call_id(const JsonValue& id, const Steps& steps) const {
  const Connection& connection = connections_.at(name_);
  std::string name = connection.session;
  if (name.empty()) {
    name = steps.text_of(Field::session);
    if (!name.empty() && !server_.empty()) name.append("/").append(server_);
  }
  return name.empty() ? name : name + '/' + id_text(id);
}

// --- Questions ---

void McpReader::read_request(const JsonValue& message, std::string_view side, Steps& steps) {
  const std::string_view method = text_at(message, "method");
  const auto params = message.member("params");
  Question question{name_, std::string(side), std::string(method), {}, {}};
  if (method == "tools/call" && params) {
    read_call(*params, question, steps);
    if (question.call.empty()) {
      question.call = made_call_id(*message.member("id"), steps);
      steps.text(Field::tool_call_id, question.call);
    }
  } else if (method == "elicitation/create") {
    steps.add("approval.requested").text(Field::approval, "requested");
    if (params) steps.set(Field::reason, params->member("message"));
    if (const Question* call = waiting_call(side)) {
      question.tool = call->tool;
      question.call = call->call;
      steps.text(Field::tool, call->tool).text(Field::tool_call_id, call->call);
      steps.state(Field::tool, "derived");
    }
  } else if (method == "initialize") {
    steps.add("session.start");
  } else if (method == "resources/read") {
    steps.add("retrieval");
    if (params) steps.set(Field::resource, params->member("uri"));
  } else {
    steps.add("other");
  }
  steps.text(Field::action, method);
  set_request_id(*message.member("id"), steps);
  if (open_.size() == kMostOpen) open_.clear();
  open_.emplace(id_text(*message.member("id")), std::move(question));
}

void McpReader::read_call(const JsonValue& params, Question& question, Steps& steps) {
  question.tool = text_at(params, "name");
  steps.add("tool.call").text(Field::tool, question.tool).arguments(params.member("arguments"));
  // Claude Code says which call of the model this is.
  const auto meta = params.member("_meta");
  const auto asked = meta ? meta->member("claudecode/toolUseId") : meta;
  if (!asked || asked->text().empty()) return;
  question.call = asked->text();
  steps.text(Field::tool_call_id, question.call);
}

const McpReader::Question* McpReader::waiting_call(std::string_view side) const {
  const Question* found = nullptr;
  for (const auto& [id, question] : open_) {
    if (question.method != "tools/call" || question.connection != name_) continue;
    if (!side.empty() && question.side == side) continue;
    if (found != nullptr) return nullptr;
    found = &question;
  }
  return found;
}

// --- Answers ---

// The question that is answered: the other side's, where it is known who speaks.
//   asked   of the side itself, which takes it back
McpReader::Question McpReader::take_question(const JsonValue& id, std::string_view side,
                                             bool asked) {
  const auto [begin, end] = open_.equal_range(id_text(id));
  for (const std::string& connection : {name_, server_}) {
    for (auto at = begin; at != end; ++at) {
      if (at->second.connection != connection) continue;
      if (!side.empty() && (at->second.side == side) != asked) continue;
      Question question = std::move(at->second);
      open_.erase(at);
      return question;
    }
  }
  return {};
}

void McpReader::read_answer(const JsonValue& message, std::string_view side, Steps& steps) {
  const auto id = message.member("id");
  const Question question = id ? take_question(*id, side, false) : Question();
  const auto result = message.member("result");
  if (const auto error = message.member("error")) {
    steps.add(question.method == "tools/call" ? "tool.result" : "error");
    steps.failed(text_at(*error, "message"));
  } else if (result) {
    read_result(*result, question, side, steps);
  } else {
    steps.add("other");
  }
  steps.text(Field::tool, question.tool).text(Field::tool_call_id, question.call);
  steps.text(Field::action, question.method);
  if (id) set_request_id(*id, steps);
}

void McpReader::read_result(const JsonValue& result, const Question& question,
                            std::string_view side, Steps& steps) {
  const bool looks_like_call = result.member("content") && result.member("isError");
  if (question.method == "tools/call" || (question.method.empty() && looks_like_call)) {
    steps.add("tool.result").text(Field::status, "ok");
    if (is_true_at(result, "isError")) steps.failed(claude_result_text(result));
  } else if (question.method == "elicitation/create") {
    const std::string_view word = answer_word(result);
    steps.add(word == "granted"     ? "approval.granted"
              : word == "denied"    ? "approval.denied"
              : word == "withdrawn" ? "approval.withdrawn"
                                    : "other");
    // Where nobody says who speaks, whoever asked may have answered as well.
    if (side.empty() || question.side.empty()) {
      steps.state(Field::approval, "derived");
    } else {
      steps.set(Field::approver, value_at(result, "content.approver"));
    }
  } else if (question.method == "sampling/createMessage") {
    steps.add("llm.call").set(Field::model, result.member("model")).text(Field::status, "ok");
  } else {
    steps.add("other");
    // What a model is told of the tools decides what it does.
    if (question.method == "tools/list") steps.arguments(result.member("tools"), Field::digest);
    steps.text(Field::service, text_at(result, "serverInfo.name"));
  }
}

void McpReader::read_notification(const JsonValue& message, std::string_view side, Steps& steps) {
  const std::string_view method = text_at(message, "method");
  const auto id = value_at(message, "params.requestId");
  const Question question =
      method == "notifications/cancelled" && id ? take_question(*id, side, true) : Question();
  if (question.method == "tools/call") {
    const std::string_view reason = text_at(message, "params.reason");
    const bool is_late = reason.find("timed out") != std::string_view::npos;
    steps.add("tool.result").text(Field::status, is_late ? "timeout" : "cancelled");
    steps.text(Field::tool, question.tool).text(Field::tool_call_id, question.call);
    steps.text(Field::error, first_characters(reason, kMaxErrorCharacters));
    set_request_id(*id, steps);
  } else {
    steps.add(method.ends_with("/list_changed") ? "config.change" : "other");
  }
  steps.text(Field::action, method);
}

}  // namespace audit::source
