#include "commands/given_keys.hpp"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "ui/message.hpp"

namespace audit::cli {

namespace {

std::vector<VerifyKey> read_one(const std::string& text) {
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
