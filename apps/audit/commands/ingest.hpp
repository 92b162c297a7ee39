// commands/ingest.hpp - audit-ingest(1).
#pragma once

#include "commands/command.hpp"

namespace audit::cli {

[[nodiscard]] Command add_ingest(CLI::App& root);

}  // namespace audit::cli
