// interrupt.hpp - SIGINT and SIGTERM: the first asks to stop, one that comes a second later or more
// stops at once.
#pragma once

#include <atomic>
#include <exception>

namespace audit::cli {

// The person at the terminal ended a question with Ctrl-C. Passes through the library; ends the
// program with exit status 130.
struct Interrupted : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }
};

// Installs the handlers, and gives SIGPIPE its default back: a cut pipe never looks like success.
// A SIGINT that is ignored already (a background job) stays ignored.
void install_signal_handlers();

// Set by the first SIGINT or SIGTERM.
[[nodiscard]] const std::atomic<bool>& stop_flag();

// While a pager has the terminal, Ctrl-C belongs to it: a second one must not end us before it.
void let_second_signal_exit(bool allowed);

}  // namespace audit::cli
