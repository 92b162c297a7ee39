// commands/export_follow.hpp - export --follow: lines for a forwarder, as entries are committed.
#pragma once

#include <audit/export.hpp>
#include <audit/query.hpp>

#include <filesystem>
#include <string_view>

#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

struct FollowExportTask {
  std::filesystem::path ledger;
  std::string_view format;  // one of lines
  Query question;
  ExportOptions options;
  SearchOptions search;  // its limit, fields and payload
  Disclosure disclosure = Disclosure::all;
  bool exact = false;  // also a terminal gets every byte as it is
};

// Writes all answers there are and each that comes, to standard output, until there were enough, it is
// interrupted, or nobody reads on. It always ends with a whole line.
//   returns   yes if there was any, no if there was none, interrupted
[[nodiscard]] ExitCode follow_export(Context& context, const FollowExportTask& task);

}  // namespace audit::cli
