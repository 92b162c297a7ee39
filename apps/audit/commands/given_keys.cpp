#include "commands/given_keys.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "ui/message.hpp"

namespace audit::cli {

namespace {

// Without the blanks and line ends around it that a variable of a CI system may bring.
std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kBlanks) - first + 1));
}

std::vector<VerifyKey> read_one(const std::string& given) {
  std::error_code failed;
  const std::string text = std::filesystem::exists(given, failed) ? given : trimmed(given);
  const auto lines = std::ranges::count(text, '\n');
  if (lines > 0 && text.find('+') != std::string::npos) {
    throw usage_error(fmt::format("--key was given {} lines, want one key or a file", lines + 1),
                      "the first line of LEDGER.pub is enough: it names the others");
  }
  const Parsed<VerifyKey> key = parse_verify_key(text);
  if (key) return {*key};
  std::error_code error;
  if (text.find('+') != std::string::npos && !std::filesystem::exists(text, error)) {
    throw usage_error(fmt::format("--key '{}' is no verifier key: {}", text, key.error().message),
                      "name+id+base64, or a file with such lines: LEDGER.pub");
  }
  std::vector<VerifyKey> keys = read_verify_keys(text);
  if (keys.empty()) {
    throw Error(ErrorCode::configuration, fmt::format("'{}' holds no verifier key", text));
  }
  return keys;
}

}  // namespace

std::vector<VerifyKey> read_given_keys(const std::vector<std::string>& given) {
  std::vector<VerifyKey> all;
  for (const std::string& text : given) {
    const std::vector<VerifyKey> keys = read_one(text);
    all.insert(all.end(), keys.begin(), keys.end());
  }
  return all;
}

}  // namespace audit::cli
