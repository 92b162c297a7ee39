// commands/trace_json.hpp - a trace as one object of the schema audit.trace/1 (audit-search(1)).
#pragma once

#include <audit/trace.hpp>

#include <span>
#include <string>

namespace audit::cli {

//   names   of the ledgers; they are said only where there are several
[[nodiscard]] std::string trace_json(const Trace& trace, std::span<const std::string> names);

}  // namespace audit::cli
