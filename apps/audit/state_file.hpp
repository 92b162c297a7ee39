// state_file.hpp - what this user's programs remember of a ledger from one run to the next.
//
// A small text for each ledger and purpose, replaced as a whole: FOLDER/LEDGER-ID in the folder that
// AUDIT_STATE names, else in $XDG_STATE_HOME/agent-audit, else in ~/.local/state/agent-audit. Only a
// convenience: where it cannot be read or written, where it belongs to another user or is not as it
// must be, nothing is remembered, and nothing is said.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "context.hpp"

namespace audit::cli {

// Empty where nothing can be remembered.
[[nodiscard]] std::filesystem::path state_file(const Context& context, std::string_view folder,
                                               const std::string& ledger_id);

// The bytes of a file that is ours alone to write and has at most `limit`; nothing for any other.
[[nodiscard]] std::optional<std::string> read_state(const std::filesystem::path& file,
                                                    std::size_t limit);

// Not synced: after a power cut it may be empty, and then nothing is known.
void replace_state(const std::filesystem::path& file, std::string_view bytes);

}  // namespace audit::cli
