#include "interrupt.hpp"

#include <csignal>
#include <cstdint>
#include <ctime>

#include <unistd.h>

#include "exit_code.hpp"

namespace audit::cli {

namespace {

// Read and written in a signal handler: lock-free, so allowed there.
std::atomic<bool> stop_requested{false};
std::atomic<bool> second_signal_exits{true};
std::atomic<std::int64_t> first_signal_ns{0};  // 0: none came
static_assert(std::atomic<bool>::is_always_lock_free);
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);  // allowed in a signal handler
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Two that come together are one wish to stop: timeout(1) signals its child, and then its group.
extern "C" void on_signal(int) {
  constexpr std::int64_t kTogetherNs = 1'000'000'000;
  const std::int64_t now = now_ns();
  std::int64_t first = 0;
  stop_requested = true;
  if (first_signal_ns.compare_exchange_strong(first, now)) return;
  if (now - first >= kTogetherNs && second_signal_exits) ::_exit(to_int(ExitCode::interrupted));
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
