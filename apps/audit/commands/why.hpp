// commands/why.hpp - five questions about one action, for people and for programs.
#pragma once

#include <cstdint>

#include "commands/open_ledgers.hpp"
#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

// Explains entry `seq` of the first ledger; what explains it may be in any of them.
//   throws    not_found if there is no such entry
[[nodiscard]] ExitCode print_why(Context& context, const OpenLedgers& ledgers, std::uint64_t seq,
                                 bool as_json);

}  // namespace audit::cli
