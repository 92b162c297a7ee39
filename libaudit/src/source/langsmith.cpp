#include "source/langsmith.hpp"

#include <fmt/format.h>

#include "source/json_path.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

// Runs that have not ended; with more, those so far are forgotten.
constexpr std::size_t kMostBegun = 65'536;

std::optional<JsonValue> first_of(const JsonValue& from,
                                  std::initializer_list<std::string_view> paths) {
  for (const std::string_view path : paths) {
    auto value = value_at(from, path);
    if (value && value->kind() != JsonValue::Kind::null) return value;
  }
  return std::nullopt;
}

bool is_run(const JsonValue& value) { return value.member("id") && value.member("run_type"); }

// A patch may leave out its id: the last of its dotted order, "...Z<uuid>", is it.
std::string_view id_of(const JsonValue& run) {
  constexpr std::size_t kUuid = 36;
  const std::string_view id = text_at(run, "id");
  const std::string_view order = text_at(run, "dotted_order");
  if (!id.empty() || order.size() < kUuid) return id;
  return order.substr(order.size() - kUuid);
}

// The parts of a prompt's and an answer's price; the sum where it is told.
void set_cost(const JsonValue& run, Steps& steps) {
  steps.set(Field::cost_nano, first_of(run, {"total_cost", "outputs.usage_metadata.total_cost"}));
}

void set_tokens(const JsonValue& run, Steps& steps) {
  const auto usage = first_of(
      run, {"outputs.usage_metadata", "extra.metadata.usage_metadata",
            "outputs.llm_output.token_usage", "outputs.usage", "outputs.llmOutput.tokenUsage"});
  if (usage) steps.usage(usage);
  if (usage) {
    steps.set(Field::tokens_cache_read, value_at(*usage, "input_token_details.cache_read"));
    steps.set(Field::tokens_cache_write, value_at(*usage, "input_token_details.cache_creation"));
    steps.set(Field::tokens_reasoning, value_at(*usage, "output_token_details.reasoning"));
  }
  if (!steps.has(Field::tokens_in)) steps.set(Field::tokens_in, run.member("prompt_tokens"));
  if (!steps.has(Field::tokens_out)) steps.set(Field::tokens_out, run.member("completion_tokens"));
}

// The last line says what went wrong; what is above it, where.
void set_outcome(const JsonValue& run, Steps& steps) {
  const auto error = run.member("error");
  if (error && !error->text().empty()) {
    steps.failed(error->text());
    return;
  }
  steps.set(Field::status, run.member("status"));
  if (!steps.has(Field::status) && steps.time_of(run.member("end_time"))) {
    steps.text(Field::status, "ok");
  }
}

}  // namespace

bool is_langsmith(const Keys& keys, const JsonValue& record) {
  if (keys.has(Key::run_type)) {
    const bool has_content = record.member("inputs") || record.member("outputs");
    return keys.has(Key::id) &&
           (keys.has(Key::dotted_order) || (keys.has(Key::trace_id) && has_content));
  }
  if (!keys.has(Key::post) && !keys.has(Key::patch)) return false;
  bool found = false;
  for (const std::string_view name : {"post", "patch"}) {
    const auto list = record.member(name);
    if (!list || !list->is_array()) continue;
    list->for_elements([&](const JsonValue& run) {
      found |= is_run(run) || run.member("dotted_order");
      return false;
    });
  }
  return found;
}

void LangSmithReader::begin_input(std::string_view /*source*/) { begun_.clear(); }

void LangSmithReader::read(const JsonValue& record, Steps& steps) {
  if (record.member("run_type")) return read_run(record, false, steps);
  for (const std::string_view name : {"post", "patch"}) {
    const auto list = record.member(name);
    if (!list || !list->is_array()) continue;
    std::size_t index = 0;
    list->for_elements([&](const JsonValue& run) {
      steps.forget();
      steps.enter(name, index++);
      read_run(run, name == "patch", steps);
    });
  }
}

// The session is what the application calls so; `session_id` of a run is the project.
void LangSmithReader::share_run(const JsonValue& run, Steps& steps) {
  steps.share();
  steps.set(Field::trace, run.member("trace_id")).text(Field::span, id_of(run));
  steps.set(Field::parent, run.member("parent_run_id")).set(Field::time, run.member("start_time"));
  steps.set(Field::session, first_of(run, {"extra.metadata.session_id", "extra.metadata.thread_id",
                                           "extra.metadata.conversation_id"}));
  steps.set(Field::user, first_of(run, {"extra.metadata.user_id", "extra.metadata.userId"}));
  steps.set(Field::team, run.member("session_name"));
  steps.set(Field::agent, value_at(run, "extra.metadata.lc_agent_name"));
  steps.set(Field::agent_version, value_at(run, "extra.metadata.revision_id"));
  steps.set(Field::provider, value_at(run, "extra.metadata.ls_provider"));
  steps.set(Field::step, value_at(run, "extra.metadata.langgraph_step"));
}

void LangSmithReader::read_run(const JsonValue& run, bool is_patch, Steps& steps) {
  const std::string id(id_of(run));
  const bool has_ended = steps.time_of(run.member("end_time")).has_value();
  std::string kind(text_at(run, "run_type"));
  std::string name(text_at(run, "name"));
  std::string model(text_at(run, "extra.metadata.ls_model_name"));
  std::optional<std::int64_t> time;
  const auto begun = begun_.find(id);
  if (begun != begun_.end()) {
    if (kind.empty()) kind = begun->second.kind;
    if (name.empty()) name = begun->second.name;
    if (model.empty()) model = begun->second.model;
    time = begun->second.time;
    begun_.erase(begun);
  }
  share_run(run, steps);
  if (!steps.has(Field::time) && time) steps.number(Field::time, *time);
  const bool is_model = kind == "llm" || kind == "embedding";
  if (!has_ended) {
    if (begun_.size() == kMostBegun) begun_.clear();
    begun_[id] = {kind, name, model, steps.number_of(Field::time)};
  }
  if (kind == "tool") {
    read_tool(run, name, is_patch, has_ended, steps);
  } else if (is_model && has_ended) {
    read_model(run, model, steps);
  } else {
    steps.add(kind == "retriever" ? "retrieval" : "other").text(Field::action, name);
    steps.took(run.member("start_time"), run.member("end_time"));
    set_outcome(run, steps);
    if (!has_ended) steps.text(Field::status, "pending");
    steps.text(Field::event_id, has_ended ? id : fmt::format("{}/start", id));
  }
}

void LangSmithReader::read_model(const JsonValue& run, std::string_view model, Steps& steps) {
  const std::string_view id = id_of(run);
  steps.add("llm.call").text(Field::event_id, id);
  std::string_view answered = text_at(run, "outputs.llm_output.model_name");
  if (answered.empty()) answered = text_at(run, "outputs.model");
  steps.text(Field::model, answered.empty() ? model : answered);
  steps.took(run.member("start_time"), run.member("end_time"));
  set_tokens(run, steps);
  set_cost(run, steps);
  set_outcome(run, steps);
  if (const auto outputs = run.member("outputs")) steps.propose(*outputs, id);
}

// Begun and ended are two facts, whether one record tells both or two do.
void LangSmithReader::read_tool(const JsonValue& run, std::string_view name, bool is_patch,
                                bool has_ended, Steps& steps) {
  const std::string_view id = id_of(run);
  const auto set_call = [&] {
    steps.text(Field::tool, name);
    steps.set(Field::tool_call_id,
              first_of(run, {"outputs.output.tool_call_id", "outputs.output.kwargs.tool_call_id",
                             "extra.tool_call_id", "inputs.tool_call_id"}));
  };
  if (!is_patch || !has_ended) {
    steps.add("tool.call").text(Field::event_id, fmt::format("{}/start", id));
    set_call();
    const auto input = first_of(run, {"inputs.input", "inputs"});
    steps.arguments(input);
  }
  if (!has_ended) return;
  steps.add("tool.result").set(Field::time, run.member("end_time"));
  steps.text(Field::event_id, id).took(run.member("start_time"), run.member("end_time"));
  set_call();
  set_outcome(run, steps);
  const std::string_view status = text_at(run, "outputs.output.status");
  if (status == "error") {
    steps.failed(text_at(run, "outputs.output.content"));
  }
}

}  // namespace audit::source
