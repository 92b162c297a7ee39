// commands/spared_files.hpp - the files no result may replace: ledgers, their keys, what is beside.
#pragma once

#include <filesystem>

namespace audit::cli {

// Checks that a result may be written to `target`, which need not exist: that it is not `ledger`, a
// file beside it, any other SQLite file (a ledger or an index), the name of one beside it, or a key.
//   throws    configuration if it is one; permission, io if that cannot be seen
void check_may_replace(const std::filesystem::path& target, const std::filesystem::path& ledger);

// The same for a file that does not hold evidence yet: only the places around `ledger` are spared.
void check_is_not_beside(const std::filesystem::path& target, const std::filesystem::path& ledger);

}  // namespace audit::cli
