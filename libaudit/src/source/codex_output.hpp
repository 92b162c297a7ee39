// source/codex_output.hpp - what Codex writes as the output of a call, in words: how it ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace audit::source {

// Of "... exited with code 3 ...".
[[nodiscard]] std::optional<int> codex_exit_code(std::string_view output);

enum class CodexRefusal : std::uint8_t { none, by_person, by_policy };

// Whether the call was not allowed to run: "exec_command failed: ... Rejected(...)".
[[nodiscard]] CodexRefusal codex_refusal(std::string_view output);

}  // namespace audit::source
