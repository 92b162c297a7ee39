// known_head.hpp - the last head of each ledger that this user's programs saw: whoever puts an older
// copy in its place, or another history, is noticed the next time anything is asked of it.
//
// The signed note itself, in the folder heads/ of what is remembered (state_file.hpp): also a
// checkpoint for verify, where --require anchored asks for one.
#pragma once

#include <audit/ledger.hpp>

#include <filesystem>
#include <optional>
#include <string>

#include "context.hpp"

namespace audit::cli {

// Warns on stderr if the ledger is behind the head that was seen last, or contradicts it, and returns
// the file of that head; else remembers this one.
std::optional<std::filesystem::path> notice_head(Context& context, const LedgerView& view);

// Remembers the head of a ledger that was just written, unless it is behind the one that was seen last
// or contradicts it.
void remember_head(Context& context, const LedgerView& view);

}  // namespace audit::cli
