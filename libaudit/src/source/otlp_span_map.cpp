// Spans: an execution that began and ended, a call of a model, and what else is told in one.
#include <algorithm>

#include "event/arguments.hpp"
#include "source/otlp_langchain.hpp"
#include "source/otlp_map.hpp"

namespace audit::source {

namespace {

constexpr std::int64_t kNanosPerMicro = 1000;

// Text that says that there is nothing.
bool is_placeholder(std::string_view text) {
  return text.empty() || text == "N/A" || text.starts_with("<not ");
}

// An object or a list, however it is written.
bool is_structure(std::string_view json) {
  const std::size_t first = json.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (json[first] == '{' || json[first] == '[');
}

// What a wrapper of Traceloop was called with: {"args":[...],"kwargs":{...}}. A function that takes
// what it needs from elsewhere has neither.
std::optional<base::JsonValue> traceloop_arguments(const base::JsonValue& input) {
  const auto positional = input.member("args");
  const auto named = input.member("kwargs");
  if (!positional && !named) return input;
  std::optional<base::JsonValue> only;
  std::size_t count = 0;
  if (positional) {
    positional->for_elements([&](const base::JsonValue& argument) {
      only = argument;
      ++count;
    });
  }
  bool has_named = false;
  if (named)
    named->for_members([&](std::string_view, const base::JsonValue&) { has_named = true; });
  if (count == 0) return has_named ? named : std::nullopt;
  if (count == 1 && !has_named) return only;
  return input;
}

std::string_view tail_behind(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : std::string_view();
}

// The first of the events that tell of an exception, else null.
const OtlpSpanEvent* first_exception(const OtlpSpan& span) {
  const auto found =
      std::find_if(span.events.begin(), span.events.end(),
                   [](const OtlpSpanEvent& event) { return event.name == "exception"; });
  return found == span.events.end() ? nullptr : &*found;
}

std::string_view kind_of(OtlpStep step) {
  switch (step) {
    case OtlpStep::llm_call:
      return "llm.call";
    case OtlpStep::tool_run:
      return "tool.call";
    case OtlpStep::retrieval:
      return "retrieval";
    case OtlpStep::evaluation:
      return "evaluation";
    case OtlpStep::guardrail:
      return "policy.decision";
    case OtlpStep::handoff:
      return "agent.message";
    case OtlpStep::config_change:
      return "config.change";
    case OtlpStep::other:
      break;
  }
  return "other";
}

}  // namespace

void OtlpMapper::map(const OtlpSpan& span, const OtlpPlace& place, Timestamp received,
                     OtlpEvents& events) {
  collect(span.attributes);
  const OtlpStep step = step_of(span, origin_, clues_);
  set_agent(span);
  OtlpEvent& event = add_primary(place, events);
  event.is_complete = span.end != 0;
  event.role.is_model_call = step == OtlpStep::llm_call;
  event.role.is_run = step == OtlpStep::tool_run || step == OtlpStep::handoff ||
                      clues_.text(Clue::operation) == "invoke_agent" ||
                      (step == OtlpStep::other && !agent_of(span, clues_).empty());
  event.role.start = span.start;
  event.role.end = span.end;
  Hits& hits = collector_.hits();
  set_text(Field::type, kind_of(step));
  set_place_in_trace(span);
  set_outcome(span);
  if (step == OtlpStep::other && !hits.has(Field::action)) set_text(Field::action, span.name);
  for (const OtlpSpanEvent& told : span.events) note_states(told.attributes, states_);
  if (step == OtlpStep::llm_call) {
    note_reasoning(clues_, states_);
    set_answer_outcome();
    read_genkit_answer();
    read_langchain_answer();
  } else {
    drop_spending();
  }
  if (step == OtlpStep::guardrail) map_guardrail(span);
  if (step == OtlpStep::handoff) map_handoff();
  if (step == OtlpStep::tool_run) {
    read_tool_message();
    name_tool(span);
    hash_arguments();
  }
  const bool held = step == OtlpStep::tool_run && hold_for_approval(span);
  const bool refused = step == OtlpStep::tool_run && !held && refuse(span);
  finish(event, place, received);
  if (step == OtlpStep::tool_run && !held && !refused) map_tool(span, event, events);

  const bool asks_for_calls = step == OtlpStep::llm_call || clues_.has(Clue::answer_mastra);
  calls_.clear();
  if (asks_for_calls) {
    find_tool_calls(span.attributes, clues_, json_, calls_);
    add_proposed_calls(event, span.span, events);
  }
  add_approvals(span, event, events);
  add_span_events(span, event, events);
}

void OtlpMapper::set_place_in_trace(const OtlpSpan& span) {
  Hits& hits = collector_.hits();
  if (!span.trace.empty()) set_text(Field::trace, span.trace);
  if (!span.span.empty()) set_text(Field::span, span.span);
  set_text(Field::parent, span.parent);
  hits.drop(Field::event_id);
  if (!span.trace.empty() && !span.span.empty()) {
    scratch_.assign(span.trace).append("/").append(span.span);
    set_text(Field::event_id, scratch_);
  }
  const std::int64_t time = span.start != 0 ? span.start : span.end;
  if (time != 0) hits.set_number(Field::time, time);
  if (span.start != 0 && span.end >= span.start) {
    const std::int64_t nanos = span.end - span.start;
    hits.set_number(Field::duration_us, nanos / kNanosPerMicro + (nanos % kNanosPerMicro >= 500));
  }
}

// The status of the span; where it leaves that open, what attributes and exceptions tell.
void OtlpMapper::set_outcome(const OtlpSpan& span) {
  Hits& hits = collector_.hits();
  const OtlpSpanEvent* const exception = first_exception(span);
  if (exception != nullptr && is_interrupt(*exception)) {
    hits.drop(Field::status);
    hits.drop(Field::error);
    return;
  }
  const bool told = hits.has(Field::status);
  if (span.status == OtlpSpan::Status::error || (exception != nullptr && !told)) {
    set_text(Field::status, "error");
  } else if (span.status == OtlpSpan::Status::ok && !told) {
    set_text(Field::status, "ok");
  }
  if (span.end == 0 && !hits.has(Field::status)) set_text(Field::status, "pending");
  if (hits.text(Field::status) != "error" || hits.has(Field::error)) return;
  set_text(Field::error, span.status_message);
  if (hits.has(Field::error) || exception == nullptr) return;
  const std::string_view message = text_of(exception->attributes, "exception.message");
  set_text(Field::error,
           message.empty() ? text_of(exception->attributes, "exception.type") : message);
}

// An answer that ended with an error has failed, though its span may have the status of one that
// ended well.
void OtlpMapper::set_answer_outcome() {
  const OtlpValue* const reasons = clues_[Clue::finish_reasons];
  if (reasons == nullptr) return;
  const auto is_error = [](const OtlpValue& reason) { return reason.text == "error"; };
  const bool failed = reasons->kind == OtlpValue::Kind::array
                          ? !reasons->array.empty() &&
                                std::all_of(reasons->array.begin(), reasons->array.end(), is_error)
                          : is_error(*reasons) || reasons->text == R"(["error"])";
  if (failed) set_text(Field::status, "error");
}

void OtlpMapper::set_agent(const OtlpSpan& span) {
  Hits& hits = collector_.hits();
  const std::string_view own = agent_of(span, clues_);
  if (!own.empty() && !hits.has(Field::agent)) set_text(Field::agent, own);
  const std::string_view named = tail_behind(span.name, "invoke_agent ");
  if (!hits.has(Field::agent) && clues_.text(Clue::operation) == "invoke_agent" &&
      named != clues_.text(Clue::request_model)) {
    set_text(Field::agent, named);
  }
}

// Genkit tells model and tokens only in its answer.
void OtlpMapper::read_genkit_answer() {
  const std::string_view answer = clues_.text(Clue::answer_genkit);
  const std::string_view name = clues_.text(Clue::genkit_name);
  Hits& hits = collector_.hits();
  if (!answer.empty() && json_.parse(answer) == base::JsonStatus::ok) {
    const base::JsonValue root = json_.root();
    if (const auto usage = root.member("usage")) {
      collector_.take(*usage, OtlpCollector::Level::part);
    }
    const auto raw = root.member("raw");
    if (const auto usage = raw ? raw->member("usage") : raw) {
      collector_.take(*usage, OtlpCollector::Level::part);
    }
    const auto model = raw ? raw->member("model") : raw;
    if (model && !hits.has(Field::model)) set_text(Field::model, model->text());
  }
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return;
  if (!hits.has(Field::provider)) set_text(Field::provider, name.substr(0, slash));
  if (!hits.has(Field::model)) set_text(Field::model, name.substr(slash + 1));
}

// A guardrail decides; its name is a policy, also where it is written as a tool's.
void OtlpMapper::map_guardrail(const OtlpSpan& span) {
  Hits& hits = collector_.hits();
  if (!hits.has(Field::policy)) {
    const std::string_view name = hits.text(Field::tool);
    set_text(Field::policy, name.empty() ? span.name : name);
  }
  hits.drop(Field::tool);
  const OtlpValue* const triggered = clues_[Clue::guardrail_triggered];
  if (triggered == nullptr || hits.has(Field::decision)) return;
  const bool stopped =
      triggered->kind == OtlpValue::Kind::boolean ? triggered->truth : triggered->text == "true";
  set_text(Field::decision, stopped ? "deny" : "allow");
}

void OtlpMapper::map_handoff() {
  const auto member_of = [&](Clue clue, std::string_view name) {
    const std::string_view text = clues_.text(clue);
    if (text.empty() || json_.parse(text) != base::JsonStatus::ok) return std::string_view();
    const auto member = json_.root().member(name);
    return member ? made_.text(member->text()) : std::string_view();
  };
  collector_.hits().drop(Field::tool);
  if (const auto from = member_of(Clue::input_value, "from_agent"); !from.empty()) {
    set_text(Field::agent, from);
  }
  set_text(Field::destination, member_of(Clue::output_value, "to_agent"));
}

// Which model answered, where the attributes only have the one that was asked.
void OtlpMapper::read_langchain_answer() {
  const std::string_view answer = clues_.text(Clue::output_value);
  if (answer.find("\"response_metadata\"") == std::string_view::npos ||
      json_.parse(answer) != base::JsonStatus::ok) {
    return;
  }
  const std::string_view model = answering_model_in(json_.root());
  if (!model.empty()) set_text(Field::model, model);
}

// What LangChain's tools answer names the call that asked for it.
void OtlpMapper::read_tool_message() {
  Hits& hits = collector_.hits();
  for (const Clue clue : {Clue::output_value, Clue::output_traceloop}) {
    const std::string_view output = clues_.text(clue);
    if (output.find("\"tool_call_id\"") == std::string_view::npos) continue;
    if (json_.parse(output) != base::JsonStatus::ok) continue;
    const auto message = tool_message_in(json_.root());
    if (!message) continue;
    if (!hits.has(Field::tool_call_id)) set_text(Field::tool_call_id, label(message->call_id));
    if (!hits.has(Field::tool)) set_text(Field::tool, label(message->tool));
    if (!message->is_error || hits.text(Field::status) == "error") return;
    set_text(Field::status, "error");
    set_text(Field::error, first_characters(message->content, kMaxErrorCharacters));
    return;
  }
}

// A tool whose span does not say so in an attribute is in the span's name, or what it wraps.
void OtlpMapper::name_tool(const OtlpSpan& span) {
  if (collector_.hits().has(Field::tool)) return;
  std::string_view name;
  for (const std::string_view prefix : {"execute_tool ", "running tool: ", "tools/call "}) {
    if (name.empty()) name = tail_behind(span.name, prefix);
  }
  if (name.empty()) name = clues_.text(Clue::genkit_name);
  if (name.empty()) name = clues_.text(Clue::traceloop_entity);
  const bool is_named = clues_.has(Clue::openinference_kind) || clues_.has(Clue::mlflow_type) ||
                        clues_.has(Clue::langfuse_type);
  if (name.empty() && is_named) name = span.name;
  set_text(Field::tool, name);
}

// Of the arguments as the tool got them. OpenInference may have made plain text of a single one, and
// then says nothing about its name: no digest is better than one that can never be equal.
void OtlpMapper::hash_arguments() {
  std::optional<Digest> digest;
  for (const Clue clue :
       {Clue::arguments, Clue::arguments_pydantic, Clue::arguments_vercel, Clue::arguments_livekit,
        Clue::arguments_livekit_old, Clue::arguments_adk, Clue::arguments_mcp, Clue::input_value,
        Clue::arguments_traceloop, Clue::arguments_genkit, Clue::arguments_mlflow,
        Clue::arguments_langfuse, Clue::arguments_voltagent, Clue::tool_parameters}) {
    const OtlpValue* const value = clues_[clue];
    if (value == nullptr || digest) continue;
    if (clue == Clue::arguments_voltagent && !is_voltagent(clues_)) continue;
    const std::string_view json = json_of(*value, scratch_);
    if (is_placeholder(json)) continue;
    if (clue == Clue::input_value && !is_structure(json)) return;
    if (clue != Clue::arguments_traceloop) {
      digest = event::hash_arguments(json);
    } else if (json_.parse(json) == base::JsonStatus::ok) {
      if (const auto inner = traceloop_arguments(json_.root()))
        digest = event::hash_arguments(*inner);
    }
  }
  if (digest) set_text(Field::payload_hash, to_hex(*digest));
}

// The primary event is the call; what came of it is an event of its own.
void OtlpMapper::map_tool(const OtlpSpan& span, OtlpEvent& event, OtlpEvents& events) {
  if (origin_.scope.starts_with("com.anthropic.claude_code")) return;  // the result is a log record
  if (span.end == 0 && event.envelope.text(Field::status) == "pending") return;
  add_result(span, event, events);
  event.envelope.erase(Field::status);
  event.envelope.erase(Field::error);
  event.envelope.erase(Field::duration_us);
}

void OtlpMapper::add_result(const OtlpSpan& span, OtlpEvent& call, OtlpEvents& events) {
  const Envelope& from = call.envelope;
  Envelope& result = events.derive(call).envelope;
  result.set_text(Field::type, "tool.result");
  if (span.end != 0) result.set_number(Field::time, span.end);
  for (const Field field : {Field::span, Field::parent, Field::tool, Field::tool_call_id,
                            Field::status, Field::error}) {
    result.set_text(field, from.text(field));
  }
  if (const auto duration = from.number(Field::duration_us)) {
    result.set_number(Field::duration_us, *duration);
  }
}

// Events in a span that tell something of their own. The messages that went into a model are the
// same in every call of a conversation: they stay content of the span.
void OtlpMapper::add_span_events(const OtlpSpan& span, const OtlpEvent& from, OtlpEvents& events) {
  for (const OtlpSpanEvent& told : span.events) {
    if (told.name == "exception") {
      if (is_interrupt(told)) continue;  // told as what it is
      add_exception(told, add_told(told, from, span.span, events).envelope);
    } else if (told.name == "gen_ai.choice" || told.name == "gen_ai.content.completion") {
      if (from.role.is_model_call) add_choice(told, from, span.span, events);
    } else if (told.name == "gen_ai.evaluation.result") {
      Envelope& envelope = add_told(told, from, span.span, events).envelope;
      envelope.set_text(Field::type, "evaluation");
      envelope.set_text(Field::action, label(text_of(told.attributes, "gen_ai.evaluation.name")));
    } else if (told.name == "gen_ai.guardrail.result") {
      add_verdict(told, add_told(told, from, span.span, events).envelope);
    }
  }
}

// An event in a span, under that span.
OtlpEvent& OtlpMapper::add_told(const OtlpSpanEvent& told, const OtlpEvent& from,
                                std::string_view parent, OtlpEvents& events) {
  OtlpEvent& event = events.derive(from);
  if (told.time != 0) event.envelope.set_number(Field::time, told.time);
  event.envelope.set_text(Field::parent, parent);
  return event;
}

void OtlpMapper::add_exception(const OtlpSpanEvent& told, Envelope& envelope) {
  std::string_view message = text_of(told.attributes, "exception.message");
  if (message.empty()) message = text_of(told.attributes, "exception.type");
  message = message.substr(0, message.find('\0'));
  envelope.set_text(Field::type, "error");
  envelope.set_text(Field::status, "error");
  envelope.set_text(Field::error, first_characters(message, kMaxErrorCharacters));
}

void OtlpMapper::add_verdict(const OtlpSpanEvent& told, Envelope& envelope) {
  const std::string_view value = text_of(told.attributes, "gen_ai.guardrail.result.value");
  envelope.set_text(Field::type, "policy.decision");
  envelope.set_text(Field::decision, words_.decision(value));
  envelope.set_text(Field::policy, label(text_of(told.attributes, "gen_ai.guardrail.policy.id")));
}

// An answer that is told as an event, with the calls in it, unless the span told them already.
void OtlpMapper::add_choice(const OtlpSpanEvent& told, const OtlpEvent& from,
                            std::string_view parent, OtlpEvents& events) {
  add_told(told, from, parent, events).envelope.set_text(Field::type, "message");
  if (!calls_.empty()) return;
  for (const OtlpAttribute& attribute : told.attributes) {
    const std::string_view json = json_of(attribute.value, scratch_);
    if (!is_structure(json) || json_.parse(json) != base::JsonStatus::ok) continue;
    find_tool_calls(json_.root(), calls_);
  }
  add_proposed_calls(from, parent, events);
}

}  // namespace audit::source
