// commands/ledger_labels.hpp - short names that tell ledgers apart.
#pragma once

#include <string>
#include <vector>

namespace audit::cli {

// What tells names apart: the folders that all begin with, the names that all end with, and the
// suffix of all are left out. logs/a.ledger and logs/b/x.ledger are "a" and "b/x".
[[nodiscard]] std::vector<std::string> short_labels(const std::vector<std::string>& names);

}  // namespace audit::cli
