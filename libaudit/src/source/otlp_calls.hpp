// source/otlp_calls.hpp - the calls of tools that a model's answer asks for.
//
// Every dialect writes the answer in a form of its own; a call in it is known by its shape, so one
// reading serves for all.
#pragma once

#include <audit/digest.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "source/otlp_clues.hpp"
#include "source/otlp_model.hpp"

namespace audit::source {

struct ToolCall {
  std::string id;    // empty if not told
  std::string tool;  // never empty
  std::optional<Digest> arguments;
};

// Of one answer at most; more are content.
inline constexpr std::size_t kMaxToolCalls = 256;

// Appends the calls in a document, each once: the same id twice is one call.
void find_tool_calls(const base::JsonValue& answer, std::vector<ToolCall>& calls);

// Appends the calls in the answer that a span tells of: as JSON, as structured values, or as
// attributes with numbers in their names.
//   reader   for the JSON in attributes
void find_tool_calls(const OtlpAttributes& attributes, const Clues& clues, base::JsonReader& reader,
                     std::vector<ToolCall>& calls);

// A value as JSON text: what it is if it is text already, else a document made of it.
//   scratch   holds what had to be made
[[nodiscard]] std::string_view json_of(const OtlpValue& value, std::string& scratch);

}  // namespace audit::source
