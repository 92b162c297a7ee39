// ledger/foreign_file.hpp - what a file is that was taken for a ledger, or for a checkpoint.
//
// By its first bytes alone, for the message: nothing is decided by it.
#pragma once

#include <cstddef>
#include <string_view>

namespace audit::ledger {

// As many first bytes tell.
inline constexpr std::size_t kForeignHeadBytes = 512;

// "a checkpoint; give it with --known, beside its ledger"; empty if that cannot be told.
[[nodiscard]] std::string_view describe_foreign(std::string_view head);

}  // namespace audit::ledger
