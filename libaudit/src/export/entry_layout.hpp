// export/entry_layout.hpp - entries as rows of a document's tables.
#pragma once

#include <audit/export.hpp>

#include <memory>
#include <string>
#include <vector>

#include "document/document.hpp"

namespace audit::exports {

// UTC to the millisecond, always as wide: 2026-08-01 12:00:00.250.
[[nodiscard]] std::string document_time(Timestamp time);

// The name of an entry's row in the table of all: "entry-17".
[[nodiscard]] std::string entry_anchor(std::uint64_t seq);

// A table's columns and how one of its rows is filled.
class EntryLayout {
 public:
  EntryLayout() = default;
  EntryLayout(const EntryLayout&) = delete;
  EntryLayout& operator=(const EntryLayout&) = delete;
  virtual ~EntryLayout() = default;

  [[nodiscard]] virtual document::Table table() const = 0;
  // Cells that view buffers of this object, replaced by the next call.
  [[nodiscard]] virtual std::vector<document::Cell> cells(const Entry& entry) = 0;
};

// When, who, what, what was decided, how it ended; or the columns that the options name.
[[nodiscard]] std::unique_ptr<EntryLayout> make_entry_layout(const ExportOptions& options);

// Approvals and refusals: by whom, and why.
[[nodiscard]] std::unique_ptr<EntryLayout> make_decision_layout();

}  // namespace audit::exports
