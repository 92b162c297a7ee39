#include "source/otlp_clues.hpp"

#include <unordered_map>

namespace audit::source {

namespace {

struct Name {
  std::string_view key;
  Clue clue;
};

constexpr Name kNames[] = {
    {"langfuse.observation.type", Clue::langfuse_type},
    {"openinference.span.kind", Clue::openinference_kind},
    {"gen_ai.operation.name", Clue::operation},
    {"ai.operationId", Clue::vercel_operation},
    {"traceloop.span.kind", Clue::traceloop_kind},
    {"llm.request.type", Clue::llm_request_type},
    {"genkit:metadata:subtype", Clue::genkit_subtype},
    {"mlflow.spanType", Clue::mlflow_type},
    {"langsmith.span.kind", Clue::langsmith_kind},
    {"span.type", Clue::span_type},
    {"entity.type", Clue::entity_type},
    {"mcp.method.name", Clue::mcp_method},
    {"gen_ai.request.model", Clue::request_model},
    {"llm.model_name", Clue::request_model},
    {"gen_ai.response.model", Clue::response_model},
    {"gen_ai.tool.name", Clue::tool_name},
    {"tool.name", Clue::tool_name},
    {"ai.toolCall.name", Clue::tool_name},
    {"lk.function_tool.name", Clue::tool_name},

    {"graph.node.id", Clue::graph_node},
    {"traceloop.entity.name", Clue::traceloop_entity},
    {"entity.name", Clue::voltagent_entity},
    {"subagent.name", Clue::voltagent_subagent},
    {"genkit:name", Clue::genkit_name},
    {"metadata", Clue::metadata},
    {"genkit:metadata:context", Clue::genkit_context},
    {"mlflow.chat.tokenUsage", Clue::mlflow_usage},

    {"gen_ai.tool.call.arguments", Clue::arguments},
    {"tool_arguments", Clue::arguments_pydantic},
    {"ai.toolCall.args", Clue::arguments_vercel},
    {"gcp.vertex.agent.tool_call_args", Clue::arguments_adk},
    {"lk.pii.function_tool.arguments", Clue::arguments_livekit},
    {"lk.function_tool.args", Clue::arguments_livekit_old},
    {"mcp.request.argument", Clue::arguments_mcp},
    {"traceloop.entity.input", Clue::arguments_traceloop},
    {"traceloop.entity.output", Clue::output_traceloop},
    {"genkit:input", Clue::arguments_genkit},
    {"mlflow.spanInputs", Clue::arguments_mlflow},
    {"langfuse.observation.input", Clue::arguments_langfuse},
    {"input", Clue::arguments_voltagent},
    {"input.value", Clue::input_value},
    {"output.value", Clue::output_value},
    {"tool.parameters", Clue::tool_parameters},
    {"gcp.vertex.agent.tool_response", Clue::response_adk},

    {"gen_ai.output.messages", Clue::output_messages},
    {"ai.response.toolCalls", Clue::calls_vercel},
    {"ai.result.toolCalls", Clue::calls_vercel_old},
    {"gcp.vertex.agent.llm_response", Clue::answer_adk},
    {"genkit:output", Clue::answer_genkit},
    {"mastra.model_step.output", Clue::answer_mastra},
    {"gen_ai.response.finish_reasons", Clue::finish_reasons},
    {"ai.response.finishReason", Clue::finish_reasons},
    {"llm.finish_reason", Clue::finish_reasons},

    {"gen_ai.input.messages", Clue::input_messages},
    {"genkit:metadata:interrupt", Clue::genkit_interrupt},
    {"genkit:metadata:resumed", Clue::genkit_resumed},
    {"mastra.agent_run.input", Clue::mastra_run_input},
    {"mastra.agent_run.output", Clue::mastra_run_output},
    {"guardrail.triggered", Clue::guardrail_triggered},

    {"event.name", Clue::event_name},
    {"source", Clue::source},
    {"tool_name", Clue::plain_tool_name},
    {"tool_parameters", Clue::tool_parameters_json},
    {"tool_input", Clue::tool_input},
    {"arguments", Clue::plain_arguments},
    {"output", Clue::plain_output},
    {"user.email", Clue::user_email},
    {"input_token_count", Clue::input_token_count},
    {"prompt", Clue::prompt},
    {"response", Clue::response},
    {"exception.message", Clue::exception_message},
    {"exception.type", Clue::exception_type},
};

const std::unordered_map<std::string_view, Clue>& names() {
  static const auto all = [] {
    std::unordered_map<std::string_view, Clue> map;
    for (const Name& name : kNames) map.emplace(name.key, name.clue);
    return map;
  }();
  return all;
}

}  // namespace

void Clues::find(OtlpAttributes attributes) {
  found_ = {};
  const auto& known = names();
  for (const OtlpAttribute& attribute : attributes) {
    const auto name = known.find(attribute.key);
    if (name == known.end() || attribute.value.kind == OtlpValue::Kind::null) continue;
    const OtlpValue*& slot = found_[static_cast<std::size_t>(name->second)];
    if (slot == nullptr) slot = &attribute.value;
  }
}

}  // namespace audit::source
