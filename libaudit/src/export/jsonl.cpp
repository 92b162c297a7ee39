// One entry a line, as append_entry_json() writes it.
#include "export/entry_json.hpp"
#include "export/output.hpp"
#include "export/rows.hpp"

namespace audit::exports {

std::uint64_t write_jsonl(Rows& rows, const Provenance& /*from*/, const ExportOptions& /*options*/,
                          const Sink& sink) {
  Output output(sink);
  EntryJson json;
  std::uint64_t count = 0;
  while (rows.next()) {
    json.append(output.buffer(), rows.entry());
    output.buffer().push_back('\n');
    output.row_done();
    ++count;
  }
  output.flush();
  return count;
}

}  // namespace audit::exports
