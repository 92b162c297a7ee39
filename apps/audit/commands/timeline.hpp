// commands/timeline.hpp - entries as people read them: a line each, grouped by day; one in full.
#pragma once

#include <audit/ledger.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "context.hpp"
#include "ui/pager.hpp"
#include "ui/table.hpp"

namespace audit::cli {

// On a terminal: times under a heading for each day, columns that fit, hits highlighted, and a line
// of context where the hit is not in what is shown. In a pipe: one whole line per entry.
class Timeline {
 public:
  //   words         are highlighted; they must outlive this object
  //   names_ledger  there is a column for the ledger of each entry
  Timeline(Context& context, PagedOutput& out, const std::vector<std::string>& words,
           bool names_ledger = false);

  // Looks at an entry that is not printed to choose the column widths.
  void measure(const Entry& entry, std::string_view ledger = {});
  void add(const Entry& entry, std::string_view ledger = {});
  // Prints what is held back to choose the column widths. More may be added afterwards.
  void finish();

 private:
  struct Item {
    std::string day;
    Row row;
    std::string payload;  // kept only where it may be needed for context
  };

  [[nodiscard]] Item to_item(const Entry& entry, std::string_view ledger) const;
  [[nodiscard]] Row to_row(const Entry& entry, std::string_view ledger) const;
  void print_held();
  void print(const Item& item);
  void print_context(const Item& item);

  PagedOutput& out_;
  const std::vector<std::string>& words_;
  bool on_terminal_;
  bool names_ledger_;
  std::size_t columns_;
  Style style_;
  Table table_;
  std::vector<Row> measured_;
  std::vector<Item> held_;
  bool fitted_ = false;
  std::string day_;
};

// One entry with all its fields and its payload.
[[nodiscard]] std::string entry_block(const Entry& entry, const Style& style);

}  // namespace audit::cli
