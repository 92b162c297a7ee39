// commands/ledger_word.hpp - the ledger of a command: named, defaulted, there.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "context.hpp"

namespace audit::cli {

// The word if there is one, else what -l, AUDIT_LEDGER or the configuration say.
//   throws    invalid_argument if the word is empty
[[nodiscard]] std::filesystem::path ledger_word(const Context& context,
                                                const std::vector<std::string>& words);

// `ledger` itself, if there is a file of that name: says what to do next better than open() can.
//   throws    not_found
[[nodiscard]] std::filesystem::path existing_ledger(std::filesystem::path ledger);

}  // namespace audit::cli
