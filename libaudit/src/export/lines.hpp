// export/lines.hpp - the formats that are one line an entry, so that they can be followed.
#pragma once

#include <audit/export.hpp>

#include <cstdint>
#include <memory>

#include "export/rows.hpp"
#include "siem/line_writer.hpp"

namespace audit::exports {

using MakeLines = std::unique_ptr<siem::LineWriter> (*)(const siem::Origin& ledger,
                                                        const ExportOptions& options);

//   ledger    its names outlive what is made
//   throws    invalid_argument (fields)
std::unique_ptr<siem::LineWriter> make_jsonl(const siem::Origin& ledger,
                                             const ExportOptions& options);
std::unique_ptr<siem::LineWriter> make_csv(const siem::Origin& ledger,
                                           const ExportOptions& options);
std::unique_ptr<siem::LineWriter> make_splunk(const siem::Origin& ledger,
                                              const ExportOptions& options);

// All rows; returns how many there were.
std::uint64_t write_lines(Rows& rows, siem::LineWriter& lines, const Sink& sink);

}  // namespace audit::exports
