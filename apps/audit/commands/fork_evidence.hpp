// commands/fork_evidence.hpp - what verify --evidence writes, and what is said where it writes nothing.
#pragma once

#include <audit/verify.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "context.hpp"

namespace audit::cli {

// Writes what proves the fork to a new file, or says why there is nothing to write. Also with --quiet:
// who asked for a file is told what became of it.
//   throws    already_exists, permission, not_found, io
void keep_evidence(Context& context, const VerifyReport& report, const std::string& file);

// What to do instead of --evidence with several ledgers: of two, the shorter one first.
[[nodiscard]] std::string evidence_hint(const std::vector<std::filesystem::path>& files);

}  // namespace audit::cli
