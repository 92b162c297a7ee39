// context.hpp - all that a command may touch: streams, environment, clock, stop flag, global flags.
#pragma once

#include <audit/time.hpp>

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "ui/style.hpp"
#include "ui/terminal.hpp"

namespace audit::cli {

// The global flags as meant: flag, then environment, then configuration, then default.
struct Globals {
  // Names and patterns, as -l, AUDIT_LEDGER or the configuration say; empty: none of them.
  std::vector<std::string> ledgers;
  bool ledgers_are_typed = false;  // with -l
  bool json = false;
  bool quiet = false;
  bool no_pager = false;
  ColorMode color = ColorMode::automatic;
};

struct Context {
  Output& out;
  Output& err;
  int input = 0;  // descriptor of standard input
  bool input_is_terminal = false;
  Environment environment;
  std::function<Timestamp()> clock;
  const std::atomic<bool>& stop;
  Globals globals;

  [[nodiscard]] Style out_style() const {
    return Style(wants_color(globals.color, out.is_terminal(), environment));
  }

  [[nodiscard]] Style err_style() const {
    return Style(wants_color(globals.color, err.is_terminal(), environment));
  }

  // An environment variable, empty if not set.
  [[nodiscard]] std::string variable(const char* name) const;

  // "Now" for what is handed to others: SOURCE_DATE_EPOCH, else the clock.
  //   throws    invalid_argument if SOURCE_DATE_EPOCH is no number of seconds
  [[nodiscard]] Timestamp document_time() const;
};

}  // namespace audit::cli
