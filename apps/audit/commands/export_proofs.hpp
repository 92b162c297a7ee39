// commands/export_proofs.hpp - what export writes of the tree: the proof of an entry, all its hashes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

struct ProofTask {
  std::filesystem::path ledger;
  std::uint64_t seq = 0;
  std::string file;  // empty: standard output
  bool overwrite = false;
  bool exact = false;  // also a terminal gets every byte as it is
};

// Writes the proof of one entry.
//   throws    damaged if there is none, and what writing a file can throw
[[nodiscard]] ExitCode export_proof(Context& context, const ProofTask& task);

// Writes what a folder lacks of the tree.
[[nodiscard]] ExitCode export_tree(Context& context, const std::filesystem::path& ledger,
                                   const std::filesystem::path& folder);

}  // namespace audit::cli
