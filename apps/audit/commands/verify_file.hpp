// commands/verify_file.hpp - verdicts on one file that is no ledger: fork evidence, a proof, a bundle.
#pragma once

#include <audit/verify.hpp>

#include <string>
#include <vector>

#include "commands/verify_task.hpp"
#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

// Each takes the one file that the task names, and refuses flags that say nothing of such a file.
[[nodiscard]] ExitCode verify_one_fork(Context& context, VerifyTask& task,
                                       const VerifyFlags& flags);
[[nodiscard]] ExitCode verify_one_proof(Context& context, VerifyTask& task,
                                        const VerifyFlags& flags);
[[nodiscard]] ExitCode verify_one_bundle(Context& context, VerifyTask& task,
                                         const VerifyFlags& flags);

// The verdict in the form that was asked for.
//   missing   words of --require that were not reached
void print_report(Context& context, VerifyTask& task, VerifyReport& report,
                  const std::vector<std::string>& missing);

}  // namespace audit::cli
