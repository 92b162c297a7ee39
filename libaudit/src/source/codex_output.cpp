#include "source/codex_output.hpp"

#include <charconv>

namespace audit::source {

namespace {

// The words are at the beginning; what the command printed comes behind them.
constexpr std::size_t kHeadBytes = 400;

}  // namespace

std::optional<int> codex_exit_code(std::string_view output) {
  constexpr std::string_view kWords = "exited with code ";
  const std::size_t at = output.substr(0, kHeadBytes).find(kWords);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view digits = output.substr(at + kWords.size());
  int code = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code);
  return error == std::errc() ? std::optional(code) : std::nullopt;
}

CodexRefusal codex_refusal(std::string_view tool, std::string_view output) {
  constexpr std::string_view kFailed = " failed: ";
  constexpr std::string_view kRejected = "Rejected(";
  if (tool.empty() || !output.starts_with(tool) ||
      !output.substr(tool.size()).starts_with(kFailed)) {
    return CodexRefusal::none;
  }
  const std::size_t rejected = output.substr(0, kHeadBytes).find(kRejected, tool.size());
  if (rejected == std::string_view::npos) return CodexRefusal::none;
  return output.find("rejected by user", rejected) == std::string_view::npos
             ? CodexRefusal::by_policy
             : CodexRefusal::by_person;
}

}  // namespace audit::source
