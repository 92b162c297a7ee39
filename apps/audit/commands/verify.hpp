// commands/verify.hpp - audit-verify(1).
#pragma once

#include "commands/command.hpp"

namespace audit::cli {

[[nodiscard]] Command add_verify(CLI::App& root);

}  // namespace audit::cli
