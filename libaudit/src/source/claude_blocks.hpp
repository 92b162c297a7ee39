// source/claude_blocks.hpp - the content blocks of Anthropic's messages: what Claude Code, its SDK and
// the Messages API write alike.
#pragma once

#include <string_view>

#include "base/json.hpp"
#include "source/steps.hpp"

namespace audit::source {

// Where a list of blocks stands, and what its steps hang from.
struct ClaudeBlocks {
  std::string_view path;    // of the list in the record
  std::string_view id;      // of the message, empty if it has none: that of a block is made of it
  std::string_view parent;  // of each step
  std::string_view role;    // of who speaks
};

// Adds a step for one block: text, thinking, a call that is asked for, a result.
void add_claude_block(const base::JsonValue& block, std::size_t index, const ClaudeBlocks& blocks,
                      Steps& steps);

// Which block the step in hand is, and what it hangs from.
void set_claude_block_ids(std::size_t index, const ClaudeBlocks& blocks, Steps& steps);

// What a result says in words: its text, or that of its first block with any.
[[nodiscard]] std::string_view claude_result_text(const base::JsonValue& result);

// Sets tokens of a call from Anthropic's `usage`, which counts the cache beside the input.
void set_claude_usage(const base::JsonValue& message, Steps& steps);

}  // namespace audit::source
