// commands/prove.hpp - search --prove: answers with the proof that each is what was signed.
#pragma once

#include <audit/key.hpp>
#include <audit/ledger.hpp>
#include <audit/query.hpp>

#include <cstdint>
#include <optional>
#include <vector>

#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

struct ProveTask {
  Query question;
  std::uint64_t limit = 0;  // 0: all
  Order order = Order::newest_first;
  std::optional<std::uint64_t> seq;  // this entry, instead of a question
  bool only_count = false;
  bool as_json = false;
  bool explain = false;
  std::vector<VerifyKey> keys;  // who must have signed
};

// Prints the answers that are proved, what they rest on, and the checkpoint; names those that are not.
//   statistics   set once the search is done
//   returns      yes if there was any, no if there was none, data if one was not proved, interrupted
//   throws       damaged if nothing can be proved; not_found if there is no entry `seq`
[[nodiscard]] ExitCode prove_answers(Context& context, const LedgerView& view,
                                     const ProveTask& task, SearchStatistics& statistics);

}  // namespace audit::cli
