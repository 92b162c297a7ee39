// commands/open_ledgers.hpp - the ledgers a question is put to: opened, and what they are called.
#pragma once

#include <audit/ledger.hpp>

#include <span>
#include <string>
#include <vector>

#include "context.hpp"

namespace audit::cli {

// Ledgers opened for reading, and what they are called: one of each for each of them. They can be
// given to MergedSearch as they are.
struct OpenLedgers {
  std::vector<LedgerView> views;
  std::vector<std::string> names;   // as given, or as a pattern found them; not escaped
  std::vector<std::string> labels;  // without what all names have in common; not escaped
  bool are_named = false;  // answers say from which ledger they are: several were asked for

  // The names where answers say them, else nothing.
  [[nodiscard]] std::span<const std::string> names_of_several() const {
    return are_named ? std::span<const std::string>(names) : std::span<const std::string>();
  }
};

// Opens what find_ledgers() gives. All or none: nothing is answered from some of them. Of a ledger
// and copies of it the longest stays, and a note says so; of copies that contradict each other all.
//   throws    what find_ledgers and LedgerView::open throw, naming the file
[[nodiscard]] OpenLedgers open_ledgers(Context& context, Disclosure disclosure = Disclosure::all);

// One ledger. Warns if it is behind, or contradicts, what was seen of it last; so does open_ledgers.
[[nodiscard]] LedgerView open_ledger(Context& context, const std::filesystem::path& file,
                                     Disclosure disclosure = Disclosure::all);

}  // namespace audit::cli
