// commands/export_document.hpp - what a document says beside its entries: for whom and by whom it was
// made, and that the ledger behind it was verified.
#pragma once

#include <audit/export.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "context.hpp"

namespace CLI {
class App;
}

namespace audit::cli {

struct DocumentFlags {
  std::string organisation;
  std::string made_by;
  std::vector<std::string> keys;
  bool without_verify = false;
};

void add_document_flags(CLI::App& app, DocumentFlags& flags);

// Refuses them where `format` is no document.
//   throws    invalid_argument
void check_are_of_document(const DocumentFlags& flags, std::string_view format);

// Verifies the ledger, unless the flags say not to, and fills in what the document says.
//   throws    damaged if the ledger is not intact; what verify_ledger and reading keys throw
void prepare_document(Context& context, const DocumentFlags& flags,
                      const std::filesystem::path& ledger, ExportOptions& options);

}  // namespace audit::cli
