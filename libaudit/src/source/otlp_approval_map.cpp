// People in the loop: what waits for one, and what one answered, in the words of each framework.
#include <algorithm>

#include "event/arguments.hpp"
#include "event/kind.hpp"
#include "source/otlp_map.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

// The JSON that a text begins with; some append a stack trace. Empty if it begins with none.
std::string_view json_prefix(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      i += c == '\\';
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return text.substr(0, i + 1);
    }
    if (depth == 0) return {};
  }
  return {};
}

bool asks_for_review(std::string_view message) {
  return message.starts_with('[') &&
         (message.find("\"actionRequests\"") != std::string_view::npos ||
          message.find("\"action_request") != std::string_view::npos);
}

ToolCall call_of(const JsonValue& request) {
  ToolCall call;
  const auto text = [&](std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
      const auto member = request.member(name);
      if (member && !member->text().empty()) return member->text();
    }
    return std::string_view();
  };
  call.tool = text({"name", "action", "toolName"});
  call.id = text({"id", "toolCallId", "tool_call_id"});
  for (const std::string_view name : {"args", "arguments", "input"}) {
    if (const auto arguments = request.member(name))
      call.arguments = event::hash_arguments(*arguments);
  }
  return call;
}

// The actions that an interrupt of LangGraph asks about.
void find_requests(const JsonValue& interrupt, std::vector<ToolCall>& calls) {
  const JsonValue value = interrupt.member("value").value_or(interrupt);
  const std::size_t before = calls.size();
  for (const std::string_view name : {"actionRequests", "action_requests"}) {
    if (const auto requests = value.member(name)) {
      requests->for_elements([&](const JsonValue& request) {
        if (calls.size() < kMaxToolCalls) calls.push_back(call_of(request));
      });
    }
  }
  if (const auto request = value.member("action_request")) calls.push_back(call_of(*request));
  if (calls.size() == before) calls.emplace_back();
}

// The word of an answer: {"type":"approve"}, true, "approve".
std::string_view answer_word(const JsonValue& answer) {
  if (answer.kind() == JsonValue::Kind::boolean) return answer.truth() ? "true" : "false";
  if (const auto type = answer.member("type")) return type->text();
  if (const auto approved = answer.member("approved")) return answer_word(*approved);
  return answer.text();
}

}  // namespace

bool OtlpMapper::is_interrupt(const OtlpSpanEvent& event) {
  const std::string_view type = text_of(event.attributes, "exception.type");
  return type == "GraphInterrupt" || type == "NodeInterrupt" || type == "ToolInterruptError" ||
         asks_for_review(text_of(event.attributes, "exception.message"));
}

// A span of a tool that did not run because somebody must be asked first.
bool OtlpMapper::hold_for_approval(const OtlpSpan& span) {
  const bool interrupted =
      clues_.has(Clue::genkit_interrupt) ||
      std::any_of(span.events.begin(), span.events.end(), [](const OtlpSpanEvent& event) {
        return event.name == "exception" && is_interrupt(event);
      });
  const bool unconfirmed =
      clues_.text(Clue::response_adk).find("requires confirmation") != std::string_view::npos;
  if (!interrupted && !unconfirmed) return false;
  Hits& hits = collector_.hits();
  const std::string_view shown = hits.text(Field::payload_hash);
  set_text(Field::type, "approval.requested");
  set_text(Field::approval, "requested");
  set_text(Field::shown_hash, shown);
  for (const Field field : {Field::payload_hash, Field::status, Field::error}) hits.drop(field);
  const std::string_view why = clues_.text(Clue::genkit_interrupt);
  if (!why.empty() && json_.parse(why) == base::JsonStatus::ok) {
    if (const auto reason = json_.root().member("reason")) set_text(Field::reason, reason->text());
  }
  return true;
}

// A span of a tool that did not run because somebody said no. What the tool itself puts out may say
// anything.
bool OtlpMapper::refuse(const OtlpSpan& span) {
  constexpr std::string_view kRefused = "Tool execution was not approved";
  if (span.status != OtlpSpan::Status::error || !span.status_message.starts_with(kRefused)) {
    return false;
  }
  set_text(Field::type, "approval.denied");
  set_text(Field::approval, "denied");
  set_text(Field::status, "denied");
  set_text(Field::reason, span.status_message);
  collector_.hits().drop(Field::error);
  return true;
}

void OtlpMapper::add_approvals(const OtlpSpan& span, const OtlpEvent& from, OtlpEvents& events) {
  add_graph_approvals(span, from, events);
  add_mastra_approvals(from, events);
  add_genkit_approval(from, events);
  add_vercel_approvals(from, events);
}

// LangGraph: an exception asks; the input with which the graph goes on answers, in the same order.
void OtlpMapper::add_graph_approvals(const OtlpSpan& span, const OtlpEvent& from,
                                     OtlpEvents& events) {
  for (const OtlpSpanEvent& told : span.events) {
    const std::string_view message = text_of(told.attributes, "exception.message");
    if (told.name != "exception" || !asks_for_review(message)) continue;
    if (json_.parse(json_prefix(message)) != base::JsonStatus::ok) continue;
    std::vector<ToolCall> asked;
    json_.root().for_elements([&](const JsonValue& interrupt) { find_requests(interrupt, asked); });
    for (const ToolCall& call : asked) add_approval("requested", call, from, events);
  }
  for (const Clue clue : {Clue::input_value, Clue::arguments_traceloop}) {
    const std::string_view input = clues_.text(clue);
    if (input.find("\"resume\"") == std::string_view::npos) continue;
    if (json_.parse(input) != base::JsonStatus::ok) continue;
    const auto resume = json_.root().member("resume");
    if (!resume) continue;
    const JsonValue answers = resume->member("decisions").value_or(*resume);
    const auto add = [&](const JsonValue& answer) {
      add_approval(words_.approval(answer_word(answer)), {}, from, events);
    };
    if (answers.is_array()) {
      answers.for_elements(add);
    } else {
      add(answers);
    }
  }
}

// Mastra: a run ends suspended, and another begins with the answer.
void OtlpMapper::add_mastra_approvals(const OtlpEvent& from, OtlpEvents& events) {
  const std::string_view output = clues_.text(Clue::mastra_run_output);
  if (output.find("tool-call-approval") != std::string_view::npos &&
      json_.parse(output) == base::JsonStatus::ok) {
    add_approval("requested", call_of(json_.root()), from, events);
  }
  const std::string_view input = clues_.text(Clue::mastra_run_input);
  if (input.find("\"approved\"") == std::string_view::npos ||
      json_.parse(input) != base::JsonStatus::ok) {
    return;
  }
  if (const auto approved = json_.root().member("approved")) {
    add_approval(words_.approval(answer_word(*approved)), call_of(json_.root()), from, events);
  }
}

// Genkit: the tool that was held runs again, with the answer beside it.
void OtlpMapper::add_genkit_approval(const OtlpEvent& from, OtlpEvents& events) {
  const std::string_view resumed = clues_.text(Clue::genkit_resumed);
  if (resumed.empty() || json_.parse(resumed) != base::JsonStatus::ok) return;
  const auto approved = json_.root().member("approved");
  if (!approved) return;
  ToolCall call;
  call.tool = from.envelope.text(Field::tool);
  call.id = from.envelope.text(Field::tool_call_id);
  add_approval(words_.approval(answer_word(*approved)), call, from, events);
}

// Vercel AI SDK: a run that goes on after an approval has request and answer at the end of its
// input, but not what the answer was.
void OtlpMapper::add_vercel_approvals(const OtlpEvent& from, OtlpEvents& events) {
  const std::string_view input = clues_.text(Clue::input_messages);
  if (clues_.text(Clue::operation) != "invoke_agent" ||
      input.find("\"tool-approval-response\"") == std::string_view::npos ||
      json_.parse(input) != base::JsonStatus::ok) {
    return;
  }
  std::vector<ToolCall> asked;
  bool answered = false;
  json_.root().for_elements([&](const JsonValue& message) {
    const auto parts = message.member("parts");
    answered = false;
    if (!parts) return;
    std::optional<ToolCall> last;
    parts->for_elements([&](const JsonValue& part) {
      const auto type = part.member("type");
      if (!type) return;
      if (type->text() == "tool_call") last = call_of(part);
      if (type->text() == "tool-approval-request" && last) asked.push_back(*last);
      answered |= type->text() == "tool-approval-response";
    });
  });
  if (!answered) return;  // by the last message: else it was an earlier run that asked
  for (const ToolCall& call : asked) {
    add_approval("requested", call, from, events);
    add_approval("", call, from, events);
  }
}

void OtlpMapper::add_approval(std::string_view state, const ToolCall& call, const OtlpEvent& from,
                              OtlpEvents& events) {
  Envelope& envelope = events.derive(from).envelope;
  envelope.set_text(Field::type, event::approval_kind(state));
  envelope.set_text(Field::approval, state);
  envelope.set_text(Field::parent, from.envelope.text(Field::span));
  envelope.set_text(Field::tool, label(call.tool));
  envelope.set_text(Field::tool_call_id, label(call.id));
  if (call.arguments) envelope.set_hash(Field::shown_hash, *call.arguments);
}

}  // namespace audit::source
