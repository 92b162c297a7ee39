// commands/trace.hpp - a run drawn as a tree: who caused what, when, how it ended, what is missing.
#pragma once

#include <string>

#include "commands/open_ledgers.hpp"
#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

// Prints what the ledgers have about an id.
//   all       also the steps that say nothing, in a long trace
//   throws    what trace_of() throws
[[nodiscard]] ExitCode print_trace(Context& context, const OpenLedgers& ledgers,
                                   const std::string& id, bool as_json, bool all);

}  // namespace audit::cli
