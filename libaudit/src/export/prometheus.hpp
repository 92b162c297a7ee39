// export/prometheus.hpp - counts for a textfile collector of Prometheus.
#pragma once

#include <audit/export.hpp>

#include <cstdint>

#include "export/rows.hpp"

namespace audit::exports {

[[nodiscard]] FieldSet prometheus_fields(const ExportOptions& options);

std::uint64_t write_prometheus(Rows& rows, const Provenance& from, const ExportOptions& options,
                               const Sink& sink);

}  // namespace audit::exports
