// export/pdf.hpp - what a PDF export needs read.
#pragma once

#include <audit/export.hpp>

namespace audit::exports {

[[nodiscard]] FieldSet pdf_fields(const ExportOptions& options);
[[nodiscard]] bool pdf_needs_payload(const ExportOptions& options);

}  // namespace audit::exports
