// commands/ledgers.hpp - which ledgers are meant: names and patterns become files.
#pragma once

#include <audit/error.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "commands/ledger_word.hpp"
#include "context.hpp"

namespace audit::cli {

// So many are searched or verified at once.
inline constexpr std::size_t kMaxLedgers = 1000;

// The files that names and patterns mean, in their order; what a pattern matches sorted by name. A
// name of a file that is there is that file, whatever characters it has. A pattern matches no
// folders and none of the files beside ledgers (.index, .key, .pub, -wal ...). A file that is
// named twice, or by two names, is taken once.
//   what      verifying: a name that is no file's stays in the list
//   throws    not_found (no such file; a pattern that matches nothing), invalid_argument (an empty
//             name, more than kMaxLedgers), permission, io (a folder of a pattern cannot be read)
[[nodiscard]] std::vector<std::filesystem::path> find_ledgers(const std::vector<std::string>& names,
                                                              ForWhat what = ForWhat::reading);

// The same of what -l, AUDIT_LEDGER or the configuration say; without these, of audit.ledger.
[[nodiscard]] std::vector<std::filesystem::path> find_ledgers(const Context& context);

// The one ledger of a command that takes no more.
//   who       for the message: "export", "search --seq"
//   hint      what to do where there are several; empty: to name one
//   throws    the same, and invalid_argument for several
[[nodiscard]] std::filesystem::path find_ledger(const Context& context, std::string_view who,
                                                ForWhat what = ForWhat::reading,
                                                std::string_view hint = {});

// What is said where there are several files and `who` takes one.
[[nodiscard]] Error too_many_ledgers(std::string_view who,
                                     const std::vector<std::filesystem::path>& files,
                                     std::string_view hint);

}  // namespace audit::cli
