// commands/verify_several.hpp - a verdict on each of several ledgers, and one on all.
#pragma once

#include <audit/verify.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

// What verify is to do, all values understood.
struct VerifyTask {
  std::vector<std::filesystem::path> ledgers;  // and proofs
  VerifyOptions options;
  std::filesystem::path source;       // the ledger that proofs may be from; empty: none
  std::optional<std::string> leaf;    // what the entry of a proof is in the tree
  std::vector<std::string> required;  // words of --require
  bool json = false;
};

// Verifies a proof, with what the task says of keys and known checkpoints.
[[nodiscard]] VerifyReport verify_proof(const VerifyTask& task, const std::filesystem::path& file);

// Verifies one after the other; what is wrong with one does not keep the others from being looked
// at. Each is held against those of the known checkpoints that are of its origin. A copy that
// contradicts another one is a fork.
//   returns   the worst of them: no, then could-not-check, then incomplete, then yes
//   throws    invalid_argument for a known checkpoint that can be read but once
[[nodiscard]] ExitCode verify_several(Context& context, const VerifyTask& task);

}  // namespace audit::cli
