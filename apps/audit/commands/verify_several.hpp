// commands/verify_several.hpp - a verdict on each of several ledgers, and one on all.
#pragma once

#include <audit/verify.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

// What verify is to do, all values understood.
struct VerifyTask {
  std::vector<std::filesystem::path> ledgers;
  VerifyOptions options;
  std::vector<std::string> required;  // words of --require
  bool json = false;
};

// Verifies one after the other; what is wrong with one does not keep the others from being looked
// at. Each is held against those of the known checkpoints that are of its origin. A copy that
// contradicts another one is a fork.
//   returns   the worst of them: no, then could-not-check, then incomplete, then yes
//   throws    invalid_argument for a known checkpoint that can be read but once
[[nodiscard]] ExitCode verify_several(Context& context, const VerifyTask& task);

}  // namespace audit::cli
