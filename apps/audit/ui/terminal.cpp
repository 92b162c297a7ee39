#include "ui/terminal.hpp"

#include <audit/error.hpp>

#include <cerrno>
#include <system_error>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace audit::cli {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} * 1024;

}  // namespace

TerminalFacts terminal_facts(int fd) {
  TerminalFacts facts;
  facts.is_terminal = ::isatty(fd) == 1;
  if (!facts.is_terminal) return facts;
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0) {
    if (size.ws_col > 0) facts.columns = size.ws_col;
    if (size.ws_row > 0) facts.rows = size.ws_row;
  }
  return facts;
}

Output::Output(int fd, std::string name)
    : fd_(fd), name_(std::move(name)), facts_(terminal_facts(fd)) {}

Output::Output(std::string& memory, TerminalFacts facts) : memory_(&memory), facts_(facts) {}

bool Output::has_no_reader() const noexcept {
  if (memory_ != nullptr) return false;
  pollfd end{fd_, 0, 0};
  return ::poll(&end, 1, 0) > 0 && (end.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

void Output::write(std::string_view bytes) {
  if (bytes.empty()) return;
  touched_ = true;
  if (memory_ != nullptr) {
    memory_->append(bytes);
    return;
  }
  if (buffer_.size() + bytes.size() > kBufferBytes) {
    flush();
    if (bytes.size() >= kBufferBytes) {
      write_through(bytes);
      return;
    }
  }
  buffer_.append(bytes);
}

void Output::flush() {
  if (buffer_.empty()) return;
  // Swapped out first: bytes that failed once are not tried again by the next flush.
  std::string bytes;
  bytes.swap(buffer_);
  write_through(bytes);
  bytes.clear();
  buffer_.swap(bytes);
}

void Output::write_through(std::string_view bytes) {
  while (!bytes.empty() && !closed_) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (errno == EINTR) continue;
    closed_ = true;
    if (errno == EPIPE && tolerate_broken_pipe_) return;
    throw Error(ErrorCode::io, fmt::format("cannot write to {}: {}", name_,
                                           std::generic_category().message(errno)));
  }
}

}  // namespace audit::cli
