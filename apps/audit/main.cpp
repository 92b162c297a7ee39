// audit - records what AI agents did in a file that can be searched, and proven unedited.
#include <chrono>
#include <cstdlib>

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include "cli.hpp"
#include "context.hpp"
#include "interrupt.hpp"

namespace {

// A standard stream that was closed would give its number to the next file that is opened, maybe
// the ledger. Opened the wrong way round, so that using it fails.
void occupy_standard_streams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    (void)::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

// Memory in large pieces goes back to the system when it is given back. Kept in heaps of its own,
// as the allocator learns to, it left holes that were a seventh of what ingest takes.
void set_up_memory() {
#ifdef __GLIBC__
  (void)::mallopt(M_MMAP_THRESHOLD, 4 << 20);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  using audit::cli::Output;
  set_up_memory();
  occupy_standard_streams();
  audit::cli::install_signal_handlers();
  Output out(STDOUT_FILENO, "standard output");
  Output err(STDERR_FILENO, "standard error");
  audit::cli::Context context{
      .out = out,
      .err = err,
      .input = STDIN_FILENO,
      .input_is_terminal = ::isatty(STDIN_FILENO) == 1,
      .environment = [](const char* name) -> const char* { return std::getenv(name); },
      .clock = [] { return audit::Timestamp(std::chrono::system_clock::now()); },
      .stop = audit::cli::stop_flag(),
      .globals = {},
  };
  return audit::cli::run({argv + (argc > 0 ? 1 : 0), argv + argc}, context);
}
