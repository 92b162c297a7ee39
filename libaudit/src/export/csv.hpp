// export/csv.hpp - cells and columns of CSV.
#pragma once

#include <audit/export.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "export/column.hpp"

namespace audit::exports {

// Appends one cell: escaped, guarded and quoted as needed.
void append_csv_cell(std::string& out, std::string_view text);

// The columns asked for, else the default ones.  throws invalid_argument
[[nodiscard]] std::vector<Column> csv_columns(const ExportOptions& options);

}  // namespace audit::exports
