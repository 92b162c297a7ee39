#include "export/lines.hpp"

#include "export/output.hpp"

namespace audit::exports {

std::uint64_t write_lines(Rows& rows, siem::LineWriter& lines, const Sink& sink) {
  Output output(sink);
  lines.begin(output.buffer());
  std::uint64_t count = 0;
  while (rows.next()) {
    lines.append(output.buffer(), rows.entry());
    output.row_done();
    ++count;
  }
  output.flush();
  return count;
}

}  // namespace audit::exports
