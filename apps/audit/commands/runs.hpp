// commands/runs.hpp - a row for each run, for people and for programs.
#pragma once

#include <audit/runs.hpp>

#include <cstdint>

#include "commands/open_ledgers.hpp"
#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

struct RunsTask {
  RunQuery question;
  std::uint64_t limit = 0;  // 0: all
  bool as_json = false;
};

[[nodiscard]] ExitCode print_runs(Context& context, const OpenLedgers& ledgers,
                                  const RunsTask& task);

}  // namespace audit::cli
