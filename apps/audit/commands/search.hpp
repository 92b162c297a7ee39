// commands/search.hpp - audit-search(1).
#pragma once

#include "commands/command.hpp"

namespace audit::cli {

[[nodiscard]] Command add_search(CLI::App& root);

}  // namespace audit::cli
