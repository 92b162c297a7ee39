#include "interrupt.hpp"

#include <csignal>

#include <unistd.h>

#include "exit_code.hpp"

namespace audit::cli {

namespace {

// Read and written in a signal handler: lock-free, so allowed there.
std::atomic<bool> stop_requested{false};
std::atomic<bool> second_signal_exits{true};
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void on_signal(int) {
  if (stop_requested.exchange(true) && second_signal_exits) {
    ::_exit(to_int(ExitCode::interrupted));
  }
}

void install(int signal) {
  struct sigaction old {};

  ::sigaction(signal, nullptr, &old);
  if (old.sa_handler == SIG_IGN) return;

  struct sigaction action {};

  action.sa_handler = on_signal;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

void install_signal_handlers() {
  ::signal(SIGPIPE, SIG_DFL);
  install(SIGINT);
  install(SIGTERM);
}

const std::atomic<bool>& stop_flag() { return stop_requested; }

void let_second_signal_exit(bool allowed) { second_signal_exits = allowed; }

}  // namespace audit::cli
