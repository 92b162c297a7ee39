// commands/ledger_word.hpp - the names of ledgers: given, defaulted, there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "context.hpp"

namespace audit::cli {

// What -l, AUDIT_LEDGER or the configuration say, else audit.ledger: names and patterns.
[[nodiscard]] std::vector<std::string> named_ledgers(const Context& context);

// The name of a ledger to make: the word if there is one, else what -l and the others say.
//   throws    invalid_argument if it is empty, or the others give several or a pattern
[[nodiscard]] std::filesystem::path ledger_to_make(const Context& context,
                                                   const std::vector<std::string>& words);

// Who looks for a ledger to read has one somewhere; only who writes may want a new one. Who verifies
// several says of each what is wrong with it, and that it is not there too.
enum class ForWhat : std::uint8_t { reading, writing, verifying };

// `ledger` itself, if there is a file of that name: says what to do next better than open() can.
//   throws    not_found
[[nodiscard]] std::filesystem::path existing_ledger(std::filesystem::path ledger,
                                                    ForWhat what = ForWhat::reading);

// Says so when others than its owner may use the signing key of `ledger`.
//   key   what --key says; empty: the key beside the ledger
void note_open_key(Context& context, const std::filesystem::path& ledger, const std::string& key);

// Says so when whoever can replace the ledger can replace its key, too.
void note_key_beside(Context& context, const std::filesystem::path& ledger,
                     const std::filesystem::path& key);

// Says so when a key that signs nothing lies beside the signing key of `ledger`, once a writer looked.
void note_left_key(Context& context, const std::filesystem::path& ledger, const std::string& key);

}  // namespace audit::cli
