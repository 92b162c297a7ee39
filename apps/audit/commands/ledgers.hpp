// commands/ledgers.hpp - which ledgers are meant: names and patterns become files, and are opened.
#pragma once

#include <audit/ledger.hpp>

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

// Ledgers opened for reading, and what they are called: one of each for each of them.
struct OpenLedgers {
  std::vector<LedgerView> views;
  std::vector<std::string> names;   // as given, or as a pattern found them; not escaped
  std::vector<std::string> labels;  // without what all names have in common; not escaped
  bool are_named = false;  // answers say from which ledger they are: several were asked for
};

// Opens what find_ledgers() gives. All or none: nothing is answered from some of them.
//   throws    what find_ledgers and LedgerView::open throw, naming the file
[[nodiscard]] OpenLedgers open_ledgers(const Context& context);

// What tells names apart: the folders that all begin with, the names that all end with, and the
// suffix of all are left out. logs/a.ledger and logs/b/x.ledger are "a" and "b/x".
[[nodiscard]] std::vector<std::string> short_labels(const std::vector<std::string>& names);

}  // namespace audit::cli
