// commands/export.hpp - audit-export(1).
#pragma once

#include "commands/command.hpp"

namespace audit::cli {

[[nodiscard]] Command add_export(CLI::App& root);

}  // namespace audit::cli
