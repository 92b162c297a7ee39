#include "commands/ledger_word.hpp"

#include <audit/error.hpp>
#include <audit/key.hpp>
#include <audit/ledger.hpp>
#include <audit/rotate.hpp>

#include <fmt/format.h>

#include "commands/file_pattern.hpp"
#include "ui/message.hpp"

namespace audit::cli {

std::vector<std::string> named_ledgers(const Context& context) {
  if (context.globals.ledgers.empty()) return {"audit.ledger"};
  return context.globals.ledgers;
}

std::filesystem::path ledger_to_make(const Context& context,
                                     const std::vector<std::string>& words) {
  const std::vector<std::string> names = words.empty() ? named_ledgers(context) : words;
  if (names.front().empty()) throw usage_error("the name of the ledger is empty");
  if (names.size() > 1) {
    throw usage_error(fmt::format("init makes one ledger, and these are {} names", names.size()),
                      "audit init FILE");
  }
  if (words.empty() && is_pattern(names.front())) {
    throw usage_error(fmt::format("'{}' is a pattern and names no ledger to make", names.front()),
                      "audit init FILE");
  }
  return names.front();
}

std::filesystem::path existing_ledger(std::filesystem::path ledger, ForWhat what) {
  std::error_code error;
  const auto status = std::filesystem::status(ledger, error);
  if (status.type() != std::filesystem::file_type::not_found) return ledger;
  if (what == ForWhat::verifying) {
    throw Error(ErrorCode::not_found, fmt::format("there is no file '{}'", ledger.string()),
                "name a ledger, a bundle or a proof; without a name, -l FILE or AUDIT_LEDGER says "
                "where the ledger is");
  }
  throw Error(ErrorCode::not_found, fmt::format("there is no ledger '{}'", ledger.string()),
              what == ForWhat::writing
                  ? "audit init makes one; -l FILE or AUDIT_LEDGER names another"
                  : "-l FILE or AUDIT_LEDGER says where the ledger is");
}

void note_left_key(Context& context, const std::filesystem::path& ledger, const std::string& key) {
  const auto left = left_key_file(ledger, key);
  if (!left) return;
  print_notice(context,
               fmt::format("{} is not the key that signs this ledger, and was left as it is: a "
                           "rotation that did not come to its end may have made it",
                           left->string()));
}

void note_key_beside(Context& context, const std::filesystem::path& ledger,
                     const std::filesystem::path& key) {
  std::error_code failed;
  const auto folder = [&](const std::filesystem::path& file) {
    return std::filesystem::weakly_canonical(file, failed).parent_path();
  };
  if (folder(ledger) != folder(key)) return;
  print_note(context, "key and ledger share a folder: who can write it can sign (see --key)");
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
