// source/otlp_langchain.hpp - what is only in LangChain's objects, dumped as JSON into an output.
#pragma once

#include <optional>
#include <string_view>

#include "base/json.hpp"

namespace audit::source {

// The message with which a tool answered. Views live as long as the JSON.
struct LangchainToolMessage {
  std::string_view tool;
  std::string_view call_id;
  std::string_view content;
  bool is_error = false;
};

// Nothing if the output of a tool is no such message.
[[nodiscard]] std::optional<LangchainToolMessage> tool_message_in(const base::JsonValue& output);

// The model that gave the answer; empty if the output of a call does not say.
[[nodiscard]] std::string_view answering_model_in(const base::JsonValue& output);

}  // namespace audit::source
