// export/xlsx.hpp - a workbook: a sheet that says what it is, and a sheet of entries.
#pragma once

#include <audit/export.hpp>

#include <cstdint>

#include "export/rows.hpp"

namespace audit::exports {

std::uint64_t write_xlsx(Rows& rows, const Provenance& from, const ExportOptions& options,
                         const Sink& sink);

}  // namespace audit::exports
