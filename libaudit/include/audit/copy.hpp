// audit/copy.hpp - a copy of a ledger, made while others write to it, that was verified before it got
// its name.
//
// Place     ledger -> [verify]
// Owns      nothing; the copy holds the evidence: no key, no index
// Threads   any; writers and readers of the ledger go on meanwhile
// Errors    throws audit::Error with the codes named below
#pragma once

#include <audit/digest.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace audit {

struct CopyOptions {
  bool overwrite = false;  // replace a file that is there; the caller says which ones may be
  std::function<void(std::uint64_t, std::uint64_t)> on_copied{};    // bytes done, in all
  std::function<void(std::uint64_t, std::uint64_t)> on_verified{};  // entries done, in all
  const std::atomic<bool>* stop = nullptr;
};

// What the copy holds.
struct Copied {
  std::string origin;
  std::uint64_t size = 0;  // entries
  Digest root;
  std::uint64_t bytes = 0;
};

// Copies what is committed now, in one state however much is appended meanwhile, and verifies the copy
// as verify_ledger does without keys. The file (mode 0600) appears when it is complete and verified, or
// not at all.
//   returns   nothing if `stop` ended it
//   throws    not_found, permission, io; already_exists (the file, or a log or journal beside its
//             name); damaged where the copy is not intact, which then is thrown away; unsupported;
//             busy if the ledger can be read only without locks and was written to meanwhile
[[nodiscard]] std::optional<Copied> copy_ledger(const std::filesystem::path& ledger,
                                                const std::filesystem::path& file,
                                                const CopyOptions& options = {});

}  // namespace audit
