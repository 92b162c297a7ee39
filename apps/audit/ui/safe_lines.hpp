// ui/safe_lines.hpp - machine formats on a terminal: what would move its cursor is spelt out.
#pragma once

#include <string>
#include <string_view>

#include "ui/terminal.hpp"

namespace audit::cli {

// Passes lines on to a stream: as they are to a file or a pipe, escaped to a terminal, where JSON
// and raw records too may hold what an attacker wrote for whoever looks.
class SafeLines {
 public:
  // `exact`: also a terminal gets every byte as it is.
  explicit SafeLines(Output& out, bool exact = false)
      : out_(out), escape_(out.is_terminal() && !exact) {}

  void write(std::string_view bytes);

  // Writes a last line that has no line end.
  void finish();

 private:
  Output& out_;
  bool escape_;
  std::string line_;  // not ended yet
};

}  // namespace audit::cli
