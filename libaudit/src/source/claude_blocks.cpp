#include "source/claude_blocks.hpp"

#include <string>

#include <fmt/format.h>

#include "source/json_path.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

bool is_result(std::string_view type) {
  return type == "tool_result" || type.ends_with("_tool_result");
}

bool is_call(std::string_view type) {
  return type == "tool_use" || type == "server_tool_use" || type == "mcp_tool_use";
}

void set_result(const JsonValue& block, Steps& steps) {
  steps.set(Field::tool_call_id, block.member("tool_use_id"));
  if (is_true_at(block, "is_error")) {
    steps.failed(claude_result_text(block));
  } else {
    steps.text(Field::status, "ok");
  }
}

void set_reasoning(const JsonValue& block, Steps& steps) {
  const bool is_hidden =
      text_at(block, "thinking").empty() && (block.member("signature") || block.member("data"));
  if (is_hidden) steps.state("encrypted");
}

}  // namespace

void add_claude_block(const JsonValue& block, std::size_t index, const ClaudeBlocks& blocks,
                      Steps& steps) {
  const std::string_view type = text_at(block, "type");
  steps.enter(blocks.path, index);
  if (type == "thinking" || type == "redacted_thinking") {
    steps.add("reasoning");
    set_reasoning(block, steps);
  } else if (is_call(type)) {
    steps.add("tool.proposed").set(Field::tool, block.member("name"));
    steps.set(Field::tool_call_id, block.member("id")).arguments(block.member("input"));
  } else if (is_result(type)) {
    steps.add("tool.result");
    set_result(block, steps);
  } else {
    steps.add("message").text(Field::action, blocks.role);
  }
  set_claude_block_ids(index, blocks, steps);
}

void set_claude_block_ids(std::size_t index, const ClaudeBlocks& blocks, Steps& steps) {
  if (!blocks.id.empty()) {
    steps.text(Field::event_id,
               index == 0 ? std::string(blocks.id) : fmt::format("{}/{}", blocks.id, index));
  }
  if (!blocks.parent.empty()) steps.text(Field::parent, blocks.parent);
}

std::string_view claude_result_text(const JsonValue& result) {
  const auto content = result.member("content");
  if (!content) return {};
  std::string_view text = content->text();
  content->for_elements([&](const JsonValue& block) {
    if (text.empty()) text = text_at(block, "text");
    return text.empty();
  });
  return text;
}

void set_claude_usage(const JsonValue& message, Steps& steps) {
  steps.usage(message.member("usage")).add_cached_tokens();
}

}  // namespace audit::source
