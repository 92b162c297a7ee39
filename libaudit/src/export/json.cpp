// One JSON document: the entries with the ledger and the checkpoint they belong to. Streamed, so
// the count comes last.
#include "base/json.hpp"

#include "event/value.hpp"
#include "export/entry_json.hpp"
#include "export/output.hpp"
#include "export/rows.hpp"

namespace audit::exports {

std::uint64_t write_json(Rows& rows, const Provenance& from, const ExportOptions& options,
                         const Sink& sink) {
  Output output(sink);
  std::string& out = output.buffer();
  out.append("{\"schema\":\"audit.export/1\",\"origin\":");
  base::append_json_string(out, from.head.origin);
  out.append(",\"size\":");
  event::append_integer(out, from.head.size);
  out.append(",\"root\":\"").append(to_base64(from.head.root)).append("\",\"query\":");
  base::append_json_string(out, options.query_text);
  out.append(",\"entries\":[");
  EntryJson json;
  std::uint64_t count = 0;
  while (rows.next()) {
    out.append(count == 0 ? "\n" : ",\n");
    json.append(out, rows.entry());
    output.row_done();
    ++count;
  }
  out.append("\n],\"count\":");
  event::append_integer(out, count);
  out.append("}\n");
  output.flush();
  return count;
}

}  // namespace audit::exports
