// commands/verify_several.hpp - a verdict on each of several ledgers, and one on all.
#pragma once

#include <audit/verify.hpp>

#include <filesystem>
#include <string_view>

#include "commands/verify_task.hpp"
#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

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
