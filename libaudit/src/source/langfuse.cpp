#include "source/langfuse.hpp"

#include "source/json_path.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

constexpr int kMostAbove = 64;

bool is_model_call(std::string_view type) { return type == "GENERATION" || type == "EMBEDDING"; }

std::string_view kind_of(std::string_view type) {
  if (type == "RETRIEVER") return "retrieval";
  if (type == "EVALUATOR") return "evaluation";
  if (type == "GUARDRAIL") return "policy.decision";
  return "other";
}

void set_outcome(const JsonValue& observation, Steps& steps) {
  if (text_at(observation, "level") == "ERROR") {
    steps.failed(text_at(observation, "statusMessage"));
  } else if (text_at(observation, "endTime").empty()) {
    steps.text(Field::status, "pending");
  }
}

// The counters have names of Langfuse's own, some with a dot in them.
void set_usage(const JsonValue& observation, Steps& steps) {
  const auto usage = observation.member("usageDetails");
  if (!usage || !usage->is_object()) return;
  const auto first = [&](std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
      if (auto value = usage->member(name)) return value;
    }
    return std::optional<JsonValue>();
  };
  steps.set(Field::tokens_in, usage->member("input"));
  steps.set(Field::tokens_out, usage->member("output"));
  steps.set(Field::tokens_cache_read,
            first({"input_cached_tokens", "input_cache_read", "prompt_details.cache_read",
                   "cache_read_input_tokens"}));
  steps.set(Field::tokens_cache_write,
            first({"input_cache_creation", "cache_creation_input_tokens"}));
  steps.set(Field::tokens_reasoning,
            first({"output_reasoning", "output_reasoning_tokens", "completion_details.reasoning"}));
}

}  // namespace

bool is_langfuse(const Keys& /*keys*/, const JsonValue& record) {
  const auto observations = record.member("observations");
  return observations && observations->is_array() && record.member("trace")->is_object();
}

void LangfuseReader::read(const JsonValue& record, Steps& steps) {
  const auto trace = record.member("trace");
  const auto observations = record.member("observations");
  if (!trace || !observations) return;
  note(*observations);
  note_trace(*trace);
  std::size_t index = 0;
  observations->for_elements([&](const JsonValue& observation) {
    steps.forget();
    share_trace(steps);
    steps.enter("observations", index++);
    read_observation(observation, steps);
    return !steps.has_too_many();
  });
}

// They are in no order, and those around a call repeat what it cost. With a run of an agent or a tool
// between them, they are two calls.
void LangfuseReader::note(const JsonValue& observations) {
  all_.clear();
  observations.for_elements([this](const JsonValue& observation) {
    const std::string_view type = text_at(observation, "type");
    const std::string_view name = text_at(observation, "name");
    all_.insert_or_assign(text_at(observation, "id"),
                          Observation{text_at(observation, "parentObservationId"), type,
                                      type == "AGENT" ? name : std::string_view(), false});
  });
  for (const auto& [id, inner] : all_) {
    if (!is_model_call(inner.type)) continue;
    std::string_view above = inner.parent;
    for (int i = 0; i < kMostAbove; ++i) {
      const auto found = all_.find(above);
      if (found == all_.end() || found->second.type == "TOOL" || found->second.type == "AGENT")
        break;
      found->second.holds_call = true;
      above = found->second.parent;
    }
  }
}

// What holds for each observation is looked up once: both may be many.
void LangfuseReader::note_trace(const JsonValue& trace) {
  trace_ = {{Field::trace, trace.member("id")},
            {Field::session, trace.member("sessionId")},
            {Field::user, trace.member("userId")},
            {Field::environment, trace.member("environment")},
            {Field::agent_version, trace.member("release")},
            {Field::agent_version, trace.member("version")}};
}

void LangfuseReader::share_trace(Steps& steps) const {
  steps.share();
  for (const auto& [field, value] : trace_) {
    if (!steps.has(field)) steps.set(field, value);
  }
}

std::string_view LangfuseReader::agent_above(std::string_view id) const {
  for (int i = 0; i < kMostAbove; ++i) {
    const auto found = all_.find(id);
    if (found == all_.end()) break;
    if (!found->second.agent.empty()) return found->second.agent;
    id = found->second.parent;
  }
  return {};
}

void LangfuseReader::read_observation(const JsonValue& observation, Steps& steps) {
  const std::string_view id = text_at(observation, "id");
  const std::string_view type = text_at(observation, "type");
  steps.set(Field::time, observation.member("startTime")).text(Field::span, id);
  steps.set(Field::parent, observation.member("parentObservationId"));
  if (const auto agent = agent_above(id); !agent.empty()) {
    steps.text(Field::agent, agent);
    if (type != "AGENT") steps.state(Field::agent, "derived");
  }
  const auto own = all_.find(id);
  const bool holds_call = own != all_.end() && own->second.holds_call;
  if (is_model_call(type) && !holds_call) {
    read_model(observation, steps);
  } else if (type == "TOOL") {
    read_tool(observation, steps);
  } else {
    steps.add(kind_of(type)).text(Field::event_id, id);
    steps.took(observation.member("startTime"), observation.member("endTime"));
    steps.set(type == "GUARDRAIL" ? Field::policy : Field::action, observation.member("name"));
    set_outcome(observation, steps);
  }
}

void LangfuseReader::read_model(const JsonValue& observation, Steps& steps) {
  const std::string_view id = text_at(observation, "id");
  steps.add("llm.call").text(Field::event_id, id).set(Field::model, observation.member("model"));
  steps.took(observation.member("startTime"), observation.member("endTime"));
  set_usage(observation, steps);
  steps.set(Field::cost_nano, value_at(observation, "costDetails.total"));
  set_outcome(observation, steps);
  const auto output = observation.member("output");
  if (!output) return;
  if (output->kind() != JsonValue::Kind::string) return steps.propose(*output, id);
  if (inner_.parse(output->text()) == base::JsonStatus::ok) steps.propose(inner_.root(), id);
}

void LangfuseReader::read_tool(const JsonValue& observation, Steps& steps) {
  constexpr std::string_view kPrefix = "execute_tool ";
  const std::string_view id = text_at(observation, "id");
  std::string_view name = text_at(observation, "name");
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  steps.add("tool.call").text(Field::event_id, id).text(Field::tool, name);
  steps.arguments(observation.member("input"));
  if (text_at(observation, "endTime").empty()) return;
  steps.add("tool.result").set(Field::time, observation.member("endTime"));
  steps.text(Field::tool, name)
      .took(observation.member("startTime"), observation.member("endTime"));
  set_outcome(observation, steps);
}

}  // namespace audit::source
