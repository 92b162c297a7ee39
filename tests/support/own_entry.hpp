// support/own_entry.hpp - an entry of the ledger's own, signed as it must be, whatever it says: what
// somebody could append who has the key and another program.
#pragma once

#include <audit/ledger.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "ledger/declare.hpp"

namespace audit::test {

inline std::uint64_t append_own(const std::filesystem::path& ledger, std::string_view type,
                                std::string_view payload,
                                const std::filesystem::path& key_file = {}) {
  OpenOptions options;
  options.key_file = key_file;
  return ledger::declare(ledger, options,
                         [&](const LedgerView& /*view*/) -> std::vector<ledger::Declaration> {
                           return {{std::string(type), std::string(payload)}};
                         });
}

}  // namespace audit::test
