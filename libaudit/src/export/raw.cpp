// Each record's bytes exactly as they arrived, each ended by one LF.
#include "export/output.hpp"
#include "export/rows.hpp"

namespace audit::exports {

std::uint64_t write_raw(Rows& rows, const Provenance& /*from*/, const ExportOptions& /*options*/,
                        const Sink& sink) {
  Output output(sink);
  std::uint64_t count = 0;
  while (rows.next()) {
    const Entry& entry = rows.entry();
    if (entry.payload_state != Entry::Payload::present) continue;
    output.buffer().append(entry.payload).push_back('\n');
    output.row_done();
    ++count;
  }
  output.flush();
  return count;
}

}  // namespace audit::exports
