#include "source/openai_agents.hpp"

#include "source/json_path.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

// Traces of one input whose names are remembered.
constexpr std::size_t kMostRuns = 65'536;

// Spans above a span; a trace that is deeper leads round in a circle.
constexpr int kMostAbove = 64;

bool is_item(const JsonValue& value) {
  const std::string_view object = text_at(value, "object");
  return object == "trace" || object == "trace.span";
}

bool is_answer(std::string_view type) { return type == "response" || type == "generation"; }

}  // namespace

bool is_openai_agents(const Keys& keys, const JsonValue& record) {
  if (keys.has(Key::object)) return is_item(record);
  if (!keys.has(Key::data)) return false;
  const auto data = record.member("data");
  bool found = false;
  if (data && data->is_array()) {
    data->for_elements([&](const JsonValue& item) {
      found = is_item(item);
      return false;
    });
  }
  return found;
}

void OpenAiAgentsReader::begin_input(std::string_view /*source*/) { runs_.clear(); }

void OpenAiAgentsReader::read(const JsonValue& record, Steps& steps) {
  spans_.clear();
  if (is_item(record)) {
    note(record);
    return read_item(record, steps);
  }
  const auto data = record.member("data");
  if (!data) return;
  data->for_elements([this](const JsonValue& item) { note(item); });
  for (auto& [id, span] : spans_) {
    const auto above = spans_.find(span.parent);
    if (above != spans_.end() && is_answer(text_at(span.data, "type"))) ++above->second.answers;
  }
  std::size_t index = 0;
  data->for_elements([&](const JsonValue& item) {
    steps.forget();
    steps.enter("data", index++);
    read_item(item, steps);
  });
}

// Spans come when they end: what they are in comes after them.
void OpenAiAgentsReader::note(const JsonValue& item) {
  if (text_at(item, "object") == "trace") {
    if (runs_.size() == kMostRuns) runs_.clear();
    std::string_view user = text_at(item, "metadata.userId");
    if (user.empty()) user = text_at(item, "metadata.user_id");
    runs_[std::string(text_at(item, "id"))] = {std::string(text_at(item, "group_id")),
                                               std::string(user)};
  } else if (const auto data = item.member("span_data")) {
    const bool is_agent = text_at(*data, "type") == "agent";
    spans_.insert_or_assign(
        text_at(item, "id"),
        Span{text_at(item, "parent_id"),
             is_agent ? text_at(*data, "name") : text_at(*data, "data.agent_name"), *data});
  }
}

std::string_view OpenAiAgentsReader::agent_above(std::string_view span) const {
  for (int above = 0; above < kMostAbove; ++above) {
    const auto found = spans_.find(span);
    if (found == spans_.end()) break;
    if (!found->second.agent.empty()) return found->second.agent;
    span = found->second.parent;
  }
  return {};
}

void OpenAiAgentsReader::read_item(const JsonValue& item, Steps& steps) {
  const bool is_trace = text_at(item, "object") == "trace";
  const std::string_view trace = text_at(item, is_trace ? "id" : "trace_id");
  steps.share();
  steps.text(Field::trace, trace).set(Field::time, item.member("started_at"));
  const auto run = runs_.find(std::string(trace));
  if (run != runs_.end()) {
    steps.text(Field::session, run->second.session).text(Field::user, run->second.user);
    if (!is_trace && !run->second.session.empty()) steps.state(Field::session, "derived");
  }
  const std::string_view id = text_at(item, "id");
  if (const auto agent = agent_above(id); !agent.empty()) {
    const auto own = spans_.find(id);
    const bool is_own = own != spans_.end() && !own->second.agent.empty();
    steps.text(Field::agent, agent);
    if (!is_own) steps.state(Field::agent, "derived");
  }
  const auto data = item.member("span_data");
  const std::string_view type = data ? text_at(*data, "type") : std::string_view();
  if (is_trace || !data) {
    steps.add("other").text(Field::action, text_at(item, "workflow_name"));
    steps.text(Field::event_id, id);
    return;
  }
  if (is_answer(type)) return read_answer(item, *data, steps);
  if (type == "function") return read_call(item, *data, steps);
  if (type == "guardrail") {
    steps.add("policy.decision").text(Field::policy, text_at(*data, "name"));
    steps.text(Field::decision, is_true_at(*data, "triggered") ? "deny" : "allow");
  } else if (type == "handoff") {
    steps.add("agent.message").text(Field::agent, text_at(*data, "from_agent"));
    steps.text(Field::destination, text_at(*data, "to_agent"));
  } else {
    const std::string_view name = text_at(*data, "name");
    steps.add("other").text(Field::action, name.empty() ? type : name);
  }
  steps.text(Field::event_id, id)
      .text(Field::span, id)
      .set(Field::parent, item.member("parent_id"));
  steps.took(item.member("started_at"), item.member("ended_at"));
  if (const auto message = text_at(item, "error.message"); !message.empty()) steps.failed(message);
}

// What a response cost is told by the turn it was in, where that has only the one.
void OpenAiAgentsReader::read_answer(const JsonValue& item, const JsonValue& data, Steps& steps) {
  const std::string_view id = text_at(item, "id");
  steps.add("llm.call").set(Field::model, data.member("model"));
  steps.text(Field::event_id, id)
      .text(Field::span, id)
      .set(Field::parent, item.member("parent_id"));
  steps.set(Field::request_id, data.member("response_id"));
  steps.took(item.member("started_at"), item.member("ended_at"));
  const auto turn = spans_.find(text_at(item, "parent_id"));
  if (data.member("usage")) {
    steps.usage(data.member("usage"));
  } else if (turn != spans_.end() && turn->second.answers == 1) {
    steps.usage(value_at(turn->second.data, "data.usage"));
    if (steps.has(Field::tokens_in)) steps.state(Field::tokens_in, "derived");
    if (steps.has(Field::tokens_out)) steps.state(Field::tokens_out, "derived");
  }
  if (text_at(data, "type") == "response") steps.state("payload=withheld");
  const auto message = text_at(item, "error.message");
  if (!message.empty()) steps.failed(message);
  if (const auto output = data.member("output")) steps.propose(*output, id);
}

void OpenAiAgentsReader::read_call(const JsonValue& item, const JsonValue& data, Steps& steps) {
  constexpr std::string_view kRefused = "Tool execution was not approved.";
  const std::string_view id = text_at(item, "id");
  const std::string_view message = text_at(item, "error.message");
  const auto set_place = [&] {
    steps.text(Field::span, id).set(Field::parent, item.member("parent_id"));
    steps.set(Field::tool, data.member("name"));
  };
  if (message == kRefused) {  // not its output: a tool may put out the same words
    steps.add("approval.denied").text(Field::event_id, id).text(Field::decision, "deny");
    return set_place();
  }
  steps.add("tool.call").text(Field::event_id, id);
  if (!text_at(data, "input").empty()) steps.arguments(data.member("input"));
  set_place();
  if (!steps.time_of(item.member("ended_at")) && message.empty()) return;  // it runs still
  steps.add("tool.result").set(Field::time, item.member("ended_at"));
  steps.took(item.member("started_at"), item.member("ended_at"));
  set_place();
  if (message.empty()) {
    steps.text(Field::status, "ok");
  } else {
    const auto told = value_at(item, "error.data.error");
    steps.failed(told && !told->text().empty() ? told->text() : message);
    if (steps.text_of(Field::error).ends_with("redacted.")) steps.state(Field::error, "withheld");
  }
}

}  // namespace audit::source
