// source/codex_output.hpp - what Codex writes as the output of a call, in words: how it ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace audit::source {

// Of "... exited with code 3 ...".
[[nodiscard]] std::optional<int> codex_exit_code(std::string_view output);

enum class CodexRefusal : std::uint8_t { none, by_person, by_policy };

// Whether a call of Codex's own `tool` was not allowed to run: "exec_command failed: ... Rejected(...)".
// What a command prints stands behind a head of Codex ("Chunk ID: ..."), and never there; but a tool
// of somebody else may put out anything, so its name must not be given.
//   tool      empty: nobody knows, and nothing was refused
[[nodiscard]] CodexRefusal codex_refusal(std::string_view tool, std::string_view output);

}  // namespace audit::source
