// commands/trace_json.hpp - a trace as one object of the schema audit.trace/1 (audit-search(1)).
#pragma once

#include <audit/trace.hpp>

#include <string>

#include "commands/open_ledgers.hpp"

namespace audit::cli {

[[nodiscard]] std::string trace_json(const Trace& trace, const OpenLedgers& ledgers);

}  // namespace audit::cli
