// commands/init.hpp - audit-init(1).
#pragma once

#include "commands/command.hpp"

namespace audit::cli {

[[nodiscard]] Command add_init(CLI::App& root);

}  // namespace audit::cli
