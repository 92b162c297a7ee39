// commands/follow.hpp - search --follow: answers as they are committed.
#pragma once

#include <audit/query.hpp>

#include <cstdint>
#include <filesystem>
#include <vector>

#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

struct FollowTask {
  std::vector<std::filesystem::path> ledgers;  // of several each answer is named
  Query question;
  std::uint64_t limit = 0;  // ends after so many; 0: never
  bool as_json = false;
  Disclosure disclosure = Disclosure::all;
};

// Prints each new answer at once, until there were enough, it is interrupted, or nobody reads on.
//   returns   yes if there was any, no if there was none, interrupted
[[nodiscard]] ExitCode follow(Context& context, const FollowTask& task);

}  // namespace audit::cli
