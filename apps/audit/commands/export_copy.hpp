// commands/export_copy.hpp - export --copy: a ledger that is in use, as a file of its own.
#pragma once

#include <filesystem>

#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

struct CopyTask {
  std::filesystem::path ledger;
  std::filesystem::path file;
  bool overwrite = false;
  bool as_json = false;
};

// Copies, verifies the copy, and says what is in it.
[[nodiscard]] ExitCode export_copy(Context& context, const CopyTask& task);

}  // namespace audit::cli
