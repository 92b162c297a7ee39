// commands/export_flags.hpp - what export was asked, as it was typed.
#pragma once

#include <audit/export.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "commands/export_document.hpp"
#include "commands/filters.hpp"
#include "context.hpp"

namespace CLI {
class App;
}

namespace audit::cli {

struct ExportFlags {
  std::map<std::string_view, bool> formats;
  std::string proof;  // of this entry
  std::string tiles;  // into this folder
  std::string copy;   // the whole ledger, as this file
  bool bundle = false;
  bool html = false;
  std::vector<std::string> hide;
  std::string known;
  std::string output;
  bool force = false;
  std::string fields;
  std::string title;
  std::string limit;
  std::string view;
  bool payload = false;
  bool bulk = false;
  bool follow = false;
  std::string to;
  std::string tls_ca;
  std::string resume;
  DocumentFlags document;
  bool oldest = false;  // what export does anyway; accepted so that a search can be re-used
  Filters filters;
};

void add_export_flags(CLI::App& app, ExportFlags& flags);

// Of --copy, --proof and --tiles, which are no filtered views, the one that was given; empty if none
// was.
[[nodiscard]] std::string_view tree_format(const ExportFlags& flags);

// Where to; empty: standard output, but only where it makes sense: a terminal cannot show a PDF.
//   throws    invalid_argument
[[nodiscard]] std::string resolve_output(const Context& context, const ExportFlags& flags,
                                         const ExportFormat& format);

// One that is there, or is meant to be.
[[nodiscard]] bool is_folder(const std::string& path);

}  // namespace audit::cli
