// Log records: the events that coding agents tell of themselves, messages, and plain logs.
#include <algorithm>

#include "event/arguments.hpp"
#include "event/kind.hpp"
#include "source/codex_output.hpp"
#include "source/otlp_map.hpp"
#include "source/reading.hpp"
#include "source/spending.hpp"

namespace audit::source {

namespace {

constexpr int kFirstErrorSeverity = 17;

constexpr std::string_view kOwnScope = "audit";
constexpr std::string_view kClaudeScope = "com.anthropic.claude_code";
constexpr std::string_view kClaudeBody = "claude_code.";
constexpr std::string_view kCodex = "codex.";

// What Claude Code's events are; all others are of kind other.
struct Known {
  std::string_view name;
  std::string_view kind;
};

constexpr Known kClaude[] = {
    {"user_prompt", "message"},
    {"assistant_response", "message"},
    {"api_request", "llm.call"},
    {"api_error", "llm.call"},
    {"api_retries_exhausted", "error"},
    {"api_refusal", "error"},
    {"internal_error", "error"},
    {"tool_result", "tool.result"},
    {"permission_mode_changed", "config.change"},
};

constexpr Known kCodexKinds[] = {
    {"conversation_starts", "session.start"},
    {"user_prompt", "message"},
    {"tool_result", "tool.result"},
};

constexpr Known kGenAi[] = {
    {"gen_ai.system.message", "message"},
    {"gen_ai.user.message", "message"},
    {"gen_ai.assistant.message", "message"},
    {"gen_ai.tool.message", "message"},
    {"gen_ai.choice", "message"},
    {"gen_ai.evaluation.result", "evaluation"},
    {"gen_ai.guardrail.result", "policy.decision"},
};

template <std::size_t N>
std::string_view look_up(const Known (&list)[N], std::string_view name) {
  const auto found = std::find_if(std::begin(list), std::end(list),
                                  [&](const Known& known) { return known.name == name; });
  return found == std::end(list) ? std::string_view() : found->kind;
}

const OtlpValue* member_of(const OtlpValue& map, std::string_view key) {
  for (const OtlpAttribute& member : map.map) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

// Values of a tool's input are cut at this length.
constexpr std::size_t kClaudeCut = 512;

bool may_be_cut(const base::JsonValue& value) {
  if (value.kind() == base::JsonValue::Kind::string) return value.text().size() >= kClaudeCut;
  bool cut = false;
  value.for_members([&](std::string_view, const base::JsonValue& member) {
    cut |= may_be_cut(member);
    return !cut;
  });
  value.for_elements([&](const base::JsonValue& element) {
    cut |= may_be_cut(element);
    return !cut;
  });
  return cut;
}

}  // namespace

// The name of the event: an attribute with most producers, a field of the record with some, and the
// place in the source with one.
std::string_view OtlpMapper::event_name(const OtlpLog& log) const {
  std::string_view name = clues_.text(Clue::event_name);
  if (name.empty() && log.event_name.find(".rs:") == std::string_view::npos) name = log.event_name;
  if (name.empty() && log.body.text.starts_with(kClaudeBody)) name = log.body.text;
  if (name.starts_with(kClaudeBody)) name.remove_prefix(kClaudeBody.size());
  return name;
}

void OtlpMapper::map(const OtlpLog& log, const OtlpPlace& place, Timestamp received,
                     OtlpEvents& events) {
  collect(log.attributes);
  note_states(log.body, states_);
  if (log.body.kind == OtlpValue::Kind::map) {
    collector_.take(log.body.map, OtlpCollector::Level::metadata);
  }
  const bool is_line = log.body.text.starts_with('{') && collect_document(log.body.text, body_);
  OtlpEvent& event = add_primary(place, events);
  Hits& hits = collector_.hits();
  const std::string_view name = event_name(log);
  set_text(Field::type, {});
  set_time_and_trace(log);
  calls_.clear();
  if (origin_.scope.starts_with(kClaudeScope) || log.body.text.starts_with(kClaudeBody)) {
    map_claude(name);
  } else if (name.starts_with(kCodex)) {
    map_codex(name.substr(kCodex.size()), log);
  } else {
    map_message(name, log);
    if (is_line && !hits.has(Field::type)) map_line();
  }
  // What audit export --otlp wrote names its kind, and tells of each call once.
  if (origin_.scope == kOwnScope && !hits.has(Field::type))
    set_text(Field::type, words_.kind(name));
  if (hits.text(Field::type) != "llm.call") drop_spending();
  if (!hits.has(Field::type)) set_text(Field::type, kind_of_plain(name, log));
  if (hits.text(Field::type) == "other" && !hits.has(Field::action)) set_text(Field::action, name);
  finish(event, place, received);
  add_proposed_calls(event, log.span, events);
}

void OtlpMapper::set_time_and_trace(const OtlpLog& log) {
  Hits& hits = collector_.hits();
  const std::int64_t time = log.time != 0 ? log.time : log.observed;
  if (time != 0) hits.set_number(Field::time, time);
  hits.drop(Field::event_id);
  hits.drop(Field::span);
  if (!log.trace.empty()) set_text(Field::trace, log.trace);
  if (!log.span.empty()) set_text(Field::parent, log.span);
}

// Of severity ERROR or above; in words where the number is left out.
bool OtlpMapper::is_failure(const OtlpLog& log) {
  if (log.severity != 0 || log.severity_text.empty()) return log.severity >= kFirstErrorSeverity;
  const Scalar word{Scalar::Kind::text, false, log.severity_text};
  return read(Reading::severity, word, words_, collector_.hits()).found == Found::value;
}

// A record whose name no dialect knows.
std::string_view OtlpMapper::kind_of_plain(std::string_view name, const OtlpLog& log) {
  Hits& hits = collector_.hits();
  const std::string_view known = words_.kind(name);
  if (!known.empty() && known != "approval") return known;
  const bool failed =
      is_failure(log) || clues_.has(Clue::exception_type) || clues_.has(Clue::exception_message);
  if (!failed) return "other";
  if (!hits.has(Field::status)) set_text(Field::status, "error");
  if (!hits.has(Field::error)) set_text(Field::error, log.body.text);
  return "error";
}

void OtlpMapper::map_claude(std::string_view name) {
  Hits& hits = collector_.hits();
  set_text(Field::type, look_up(kClaude, name));
  // An MCP tool is called "mcp_tool"; which it is stands in its parameters.
  const std::string_view parameters = clues_.text(Clue::tool_parameters_json);
  if (clues_.text(Clue::plain_tool_name) == "mcp_tool" &&
      json_.parse(parameters) == base::JsonStatus::ok) {
    const auto server = json_.root().member("mcp_server_name");
    const auto tool = json_.root().member("mcp_tool_name");
    if (server && tool) {
      scratch_.assign("mcp__").append(server->text()).append("__").append(tool->text());
      set_text(Field::tool, scratch_);
    }
  }
  if (name == "tool_decision") map_decision(clues_.text(Clue::source).starts_with("user_"));
  if (name == "api_request") add_cached_tokens();
  if (name.starts_with("api_") && name != "api_request") set_text(Field::status, "error");
  const std::string_view input = clues_.text(Clue::tool_input);
  if (name == "tool_result" && json_.parse(input) == base::JsonStatus::ok) {
    const bool is_cut = may_be_cut(json_.root());
    states_.truncated |= is_cut;
    const auto digest = is_cut ? std::nullopt : event::hash_arguments(json_.root());
    if (digest) set_text(Field::payload_hash, to_hex(*digest));
  }
  // The length of a text that is not told.
  states_.withheld |= name == "user_prompt" && !clues_.has(Clue::prompt);
  states_.withheld |= name == "assistant_response" && !clues_.has(Clue::response);
  if (name == "user_prompt" || name == "assistant_response") hits.drop(Field::status);
}

// Claude Code counts what it wrote to and read from the cache beside the input; we count all of it.
void OtlpMapper::add_cached_tokens() {
  const auto all = input_with_cache(collector_.hits());
  if (!all) return;
  collector_.hits().set_number(Field::tokens_in, *all);
  finisher_.add_state(Field::tokens_in, "derived");
}

void OtlpMapper::map_codex(std::string_view name, const OtlpLog& log) {
  Hits& hits = collector_.hits();
  set_text(Field::type, look_up(kCodexKinds, name));
  if (name == "sse_event" && clues_.has(Clue::input_token_count)) {
    set_text(Field::type, "llm.call");
    set_text(Field::status, "ok");
    hits.drop(Field::duration_us);  // of the last piece, not of the call
  } else if (name == "api_request" && hits.text(Field::status) == "error") {
    set_text(Field::type, "llm.call");  // one that was answered ends with its tokens
  } else if (name == "tool_decision") {
    map_decision(clues_.text(Clue::source) == "User");
  } else if (name == "tool_result") {
    if (const auto digest = event::hash_arguments(clues_.text(Clue::plain_arguments))) {
      set_text(Field::payload_hash, to_hex(*digest));
    }
    map_codex_output(log);
  }
  states_.withheld |= name == "user_prompt" && !clues_.has(Clue::prompt);
}

// How a call ended. One that was refused has no result: what a person said is told by the decision
// before it, what the program's own rules said only here.
void OtlpMapper::map_codex_output(const OtlpLog& log) {
  const std::string_view output = clues_.text(Clue::plain_output);
  const auto code = codex_exit_code(output);
  if (collector_.hits().text(Field::status) != "error") {
    if (!code || *code == 0) return;
    set_text(Field::status, "error");
    finisher_.add_state(Field::status, "derived");
    return;
  }
  const bool is_own = text_of(log.attributes, "mcp_server").empty();
  const std::string_view tool = text_of(log.attributes, "tool_name");
  const CodexRefusal refusal = codex_refusal(is_own ? tool : std::string_view(), output);
  if (refusal == CodexRefusal::none) return set_text(Field::error, output);
  set_text(Field::status, "denied");
  set_text(Field::reason, output);
  set_text(Field::type, "other");
  if (refusal == CodexRefusal::by_person) return;
  set_text(Field::type, "policy.decision");
  set_text(Field::policy, "codex");
  set_text(Field::decision, "deny");
  finisher_.add_state(Field::decision, "derived");
}

// A line of JSON as the body: what a logger wrote that knows nothing of OpenTelemetry.
void OtlpMapper::map_line() {
  const base::JsonValue line = body_.root();
  for (const std::string_view key : {"event_type", "type", "event", "kind"}) {
    const auto word = line.member(key);
    const std::string_view kind = word ? words_.kind(word->text()) : std::string_view();
    if (kind.empty()) continue;
    set_text(Field::type, kind);
    break;
  }
  const auto answer = line.member("response");
  if (answer && collector_.hits().text(Field::type) == "llm.call") {
    find_tool_calls(*answer, calls_);
  }
}

// A decision whether a tool may run: of a person an approval, else of the policy that is named.
void OtlpMapper::map_decision(bool by_person) {
  Hits& hits = collector_.hits();
  const std::string_view word = hits.text(Field::decision);
  if (!by_person) {
    set_text(Field::type, "policy.decision");
    if (!hits.has(Field::policy)) set_text(Field::policy, label(clues_.text(Clue::source)));
    return;
  }
  const std::string_view answer = word == "allow" || word == "modify" ? "granted"
                                  : word == "deny" || word == "abort" ? "denied"
                                                                      : "";
  set_text(Field::type, event::approval_kind(answer));
  set_text(Field::approval, answer);
  if (!hits.has(Field::approver)) set_text(Field::approver, clues_.text(Clue::user_email));
}

// Messages of a model told as log records. A choice is an answer, with the calls it asks for.
void OtlpMapper::map_message(std::string_view name, const OtlpLog& log) {
  if (!name.starts_with("gen_ai.")) return;
  set_text(Field::type, look_up(kGenAi, name));
  if (name == "gen_ai.client.inference.operation.details") {
    // A span tells the same call, with what it cost, unless there is none.
    set_text(Field::type, log.span.empty() ? "llm.call" : "message");
  }
  if (name == "gen_ai.tool.message") {
    if (const OtlpValue* const id = member_of(log.body, "id")) {
      set_text(Field::tool_call_id, label(id->text));
    }
  }
  if (name != "gen_ai.choice" && name != "gen_ai.client.inference.operation.details") return;
  find_tool_calls(log.attributes, clues_, json_, calls_);
  if (calls_.empty() && json_.parse(json_of(log.body, scratch_)) == base::JsonStatus::ok) {
    find_tool_calls(json_.root(), calls_);
  }
}

}  // namespace audit::source
