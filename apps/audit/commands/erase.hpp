// commands/erase.hpp - audit-erase(1).
#pragma once

#include "commands/command.hpp"

namespace audit::cli {

[[nodiscard]] Command add_erase(CLI::App& root);

}  // namespace audit::cli
