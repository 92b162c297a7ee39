#include "commands/ledger_word.hpp"

#include <audit/error.hpp>
#include <audit/key.hpp>
#include <audit/ledger.hpp>

#include <fmt/format.h>

#include "ui/message.hpp"

namespace audit::cli {

std::filesystem::path ledger_word(const Context& context, const std::vector<std::string>& words) {
  if (words.empty()) return context.ledger();
  if (words.front().empty()) throw usage_error("the name of the ledger is empty");
  return words.front();
}

std::filesystem::path existing_ledger(std::filesystem::path ledger, ForWhat what) {
  std::error_code error;
  const auto status = std::filesystem::status(ledger, error);
  if (status.type() != std::filesystem::file_type::not_found) return ledger;
  throw Error(ErrorCode::not_found, fmt::format("there is no ledger '{}'", ledger.string()),
              what == ForWhat::writing
                  ? "audit init makes one; -l FILE or AUDIT_LEDGER names another"
                  : "-l FILE or AUDIT_LEDGER says where the ledger is");
}

void note_open_key(Context& context, const std::filesystem::path& ledger, const std::string& key) {
  const std::filesystem::path file =
      key.empty() ? default_key_file(ledger) : std::filesystem::path(key);
  bool is_private = true;
  try {
    is_private = key_file_is_private(file);
  } catch (const Error&) {
    return;  // whoever reads it will say why that cannot be done
  }
  if (is_private) return;
  print_note(context, fmt::format("others than its owner may use the signing key {}: whoever could "
                                  "read it can sign; chmod 600 it, or begin with a new key",
                                  file.string()));
}

}  // namespace audit::cli
