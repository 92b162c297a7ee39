// commands/footer.hpp - what an answer covers, for whoever reads it on a terminal.
#pragma once

#include <audit/query.hpp>

#include <cstdint>
#include <string>

#include "commands/open_ledgers.hpp"
#include "context.hpp"

namespace audit::cli {

// On standard error: how many entries are shown, whether there are more, and what was searched.
void print_footer(Context& context, const OpenLedgers& ledgers, const SearchStatistics& statistics,
                  std::uint64_t shown, bool more);

// Why the index was not used, and of how many ledgers; empty if it was. Safe to show.
[[nodiscard]] std::string index_note_text(const SearchStatistics& statistics);

}  // namespace audit::cli
