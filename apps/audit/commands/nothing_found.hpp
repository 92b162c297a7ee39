// commands/nothing_found.hpp - what is said to whoever is answered with nothing, or not with all.
#pragma once

#include <audit/ledger.hpp>

#include <span>
#include <string>
#include <string_view>

#include "commands/filters.hpp"
#include "context.hpp"

namespace audit::cli {

// Says that nothing matches, and what may be the reason: a value that no entry has, a name that was
// not quoted, entries of the program's own that are left out. Nothing with --quiet or --json.
//   what   "nothing matches", "nothing matches: x.bundle was not written"
void explain_nothing(Context& context, std::span<const LedgerView> views, const Question& question,
                     std::string_view what);

// "nothing matches: FILE was not written"
//   file   empty: standard output
[[nodiscard]] std::string nothing_text(std::string_view file);

// Tells of the program's own entries (sys.*) that answer a question for words too, and are left out
// of a search that does not name them.
void note_own_entries(Context& context, std::span<const LedgerView> views,
                      const Question& question);

}  // namespace audit::cli
