#include "commands/ledger_word.hpp"

#include <audit/error.hpp>

#include <fmt/format.h>

#include "ui/message.hpp"

namespace audit::cli {

std::filesystem::path ledger_word(const Context& context, const std::vector<std::string>& words) {
  if (words.empty()) return context.ledger();
  if (words.front().empty()) throw usage_error("the name of the ledger is empty");
  return words.front();
}

std::filesystem::path existing_ledger(std::filesystem::path ledger) {
  std::error_code error;
  const auto status = std::filesystem::status(ledger, error);
  if (status.type() != std::filesystem::file_type::not_found) return ledger;
  throw Error(ErrorCode::not_found, fmt::format("there is no ledger '{}'", ledger.string()),
              "audit init makes one; -l FILE or AUDIT_LEDGER names another");
}

}  // namespace audit::cli
