// commands/verdict.hpp - what verify found, for people and for programs.
#pragma once

#include <audit/verify.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "context.hpp"

namespace audit::cli {

// Of the words of --require, those that the verdict does not reach.
[[nodiscard]] std::vector<std::string> missing_levels(const VerifyReport& report,
                                                      const std::vector<std::string>& required);

// One sentence that says all that matters, behind the name of the ledger if there is one.
void print_verdict_line(Context& context, const VerifyReport& report,
                        const std::vector<std::string>& missing, std::string_view ledger = {});

// That sentence and, unless --quiet, the checks, what was found, what is not covered, and the head.
void print_verdict(Context& context, const VerifyReport& report,
                   const std::vector<std::string>& missing);

// An audit.verify/1 object, with a first member "ledger" if there is a name.
[[nodiscard]] std::string verdict_json(const VerifyReport& report,
                                       const std::vector<std::string>& missing,
                                       std::string_view ledger = {});

}  // namespace audit::cli
