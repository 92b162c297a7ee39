// ledger/declare.hpp - entries of the ledger's own that depend on what stands in it.
//
// Errors    throws what Ledger::open throws, and busy
// Threads   any; other writers wait
#pragma once

#include <audit/ledger.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace audit::ledger {

struct Declaration {
  std::string type;
  std::string payload;  // one JSON object on one line
};

// Appends what `decide` answers, all of it or nothing, durable on return.
//   decide    called once, under the write lock: nobody declares anything between its look and what is
//             appended. What it throws ends this, and nothing is appended
//   returns   the number of the first; the others follow it
std::uint64_t declare(
    const std::filesystem::path& file, const OpenOptions& options,
    const std::function<std::vector<Declaration>(const LedgerView& view)>& decide);

}  // namespace audit::ledger
