// source/otlp_clues.hpp - the attributes that say what a span or log record is about, found once.
//
// What only fills a field is in the table of synonyms; what is here decides which kind of step it is,
// or is read further: arguments, outputs, the answers of people.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "source/otlp_model.hpp"

namespace audit::source {

enum class Clue : std::uint8_t {
  // What kind of step
  langfuse_type,
  openinference_kind,
  operation,  // gen_ai.operation.name
  vercel_operation,
  traceloop_kind,
  llm_request_type,
  genkit_subtype,
  mlflow_type,
  langsmith_kind,
  span_type,  // of Claude Code and VoltAgent
  entity_type,
  mcp_method,
  request_model,
  response_model,
  tool_name,
  // Who
  graph_node,
  traceloop_entity,
  voltagent_entity,
  voltagent_subagent,
  genkit_name,
  metadata,
  genkit_context,
  mlflow_usage,
  // Arguments and results of tools
  arguments,
  arguments_pydantic,
  arguments_vercel,
  arguments_adk,
  arguments_livekit,
  arguments_livekit_old,
  arguments_mcp,
  arguments_traceloop,
  output_traceloop,
  arguments_genkit,
  arguments_mlflow,
  arguments_langfuse,
  arguments_voltagent,
  input_value,
  output_value,
  tool_parameters,
  response_adk,
  // What a model answered
  output_messages,
  calls_vercel,
  calls_vercel_old,
  answer_adk,
  answer_genkit,
  answer_mastra,
  finish_reasons,
  // People and policies
  input_messages,
  genkit_interrupt,
  genkit_resumed,
  mastra_run_input,
  mastra_run_output,
  guardrail_triggered,
  // Log records
  event_name,
  source,
  plain_tool_name,
  tool_parameters_json,
  tool_input,
  plain_arguments,
  plain_output,
  user_email,
  input_token_count,
  prompt,
  response,
  exception_message,
  exception_type,
  count_,
};

class Clues {
 public:
  // Finds them; of an attribute that is there twice, the first.
  void find(OtlpAttributes attributes);

  // Null if it is not there.
  [[nodiscard]] const OtlpValue* operator[](Clue clue) const noexcept {
    return found_[static_cast<std::size_t>(clue)];
  }

  // The text of one, else empty.
  [[nodiscard]] std::string_view text(Clue clue) const noexcept {
    const OtlpValue* value = (*this)[clue];
    return value == nullptr ? std::string_view() : value->text;
  }

  [[nodiscard]] bool has(Clue clue) const noexcept { return (*this)[clue] != nullptr; }

 private:
  std::array<const OtlpValue*, static_cast<std::size_t>(Clue::count_)> found_{};
};

}  // namespace audit::source
