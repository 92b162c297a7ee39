// commands/verify_several.hpp - a verdict on each of several ledgers, and one on all.
#pragma once

#include <audit/verify.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

// How verdicts are told: one after the other, or all in one document of a CI system.
enum class VerdictForm : std::uint8_t { text, json, junit, sarif };

// What verify is to do, all values understood.
struct VerifyTask {
  std::vector<std::filesystem::path> ledgers;  // and proofs, and bundles
  VerifyOptions options;
  std::filesystem::path source;       // the ledger that proofs may be from; empty: none
  std::optional<std::string> leaf;    // what the entry of a proof is in the tree
  std::vector<std::string> required;  // words of --require
  VerdictForm form = VerdictForm::text;
  bool is_told = false;  // the verdict was printed, or its document

  // One document at the end, and nothing before.
  [[nodiscard]] bool is_document() const noexcept {
    return form == VerdictForm::junit || form == VerdictForm::sarif;
  }

  // People read it as it comes.
  [[nodiscard]] bool is_text() const noexcept { return form == VerdictForm::text; }
};

// Verifies a proof, with what the task says of keys and known checkpoints.
[[nodiscard]] VerifyReport verify_proof(const VerifyTask& task, const std::filesystem::path& file);

// Verifies a bundle, with what the task says of keys, known checkpoints and policy.
//   verb   what the progress begins with
[[nodiscard]] VerifyReport verify_bundle(Context& context, const VerifyTask& task,
                                         const std::filesystem::path& file, std::string_view verb);

// Verifies one after the other; what is wrong with one does not keep the others from being looked
// at. Each is held against those of the known checkpoints that are of its origin. A copy that
// contradicts another one is a fork.
//   returns   the worst of them: no, then could-not-check, then incomplete, then yes
//   throws    invalid_argument for a known checkpoint that can be read but once
[[nodiscard]] ExitCode verify_several(Context& context, const VerifyTask& task);

}  // namespace audit::cli
