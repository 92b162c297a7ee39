// commands/export_bundle.hpp - chosen entries with what proves them, as one file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "commands/filters.hpp"
#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

struct BundleTask {
  std::filesystem::path ledger;
  Question question;
  std::uint64_t limit = 0;
  std::vector<std::string> hide;  // as typed: each a list
  std::string known;              // the checkpoint to prove under; empty: the head
  std::string file;               // empty: standard output
  bool overwrite = false;
  bool as_page = false;  // as one page of HTML that checks itself
  std::string title;     // of the page
};

// Writes the bundle, or the page with it, complete or not at all.
[[nodiscard]] ExitCode export_bundle(Context& context, const BundleTask& task);

}  // namespace audit::cli
