#include "ui/safe_lines.hpp"

#include <audit/text.hpp>

namespace audit::cli {

void SafeLines::write(std::string_view bytes) {
  if (!escape_) {
    out_.write(bytes);
    return;
  }
  for (std::size_t end = 0; (end = bytes.find('\n')) != std::string_view::npos;) {
    line_.append(bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
    if (line_.ends_with('\r')) line_.pop_back();  // the line ends of CSV
    finish();
    out_.write("\n");
  }
  line_.append(bytes);
}

void SafeLines::finish() {
  out_.write(escape_controls(line_));
  line_.clear();
}

}  // namespace audit::cli
