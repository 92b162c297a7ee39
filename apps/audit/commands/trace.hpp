// commands/trace.hpp - a run drawn as a tree: who caused what, when, how it ended, what is missing.
#pragma once

#include <audit/ledger.hpp>

#include <span>
#include <string>

#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

// Prints what the ledgers have about an id.
//   names     of the ledgers, as shown; one each
//   throws    what trace_of() throws
[[nodiscard]] ExitCode print_trace(Context& context, std::span<const LedgerView> ledgers,
                                   std::span<const std::string> names, const std::string& id,
                                   bool as_json);

}  // namespace audit::cli
