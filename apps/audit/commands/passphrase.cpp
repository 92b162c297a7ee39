#include "commands/passphrase.hpp"

#include <audit/error.hpp>
#include <audit/text.hpp>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "commands/flags.hpp"

namespace audit::cli {

namespace {

constexpr std::size_t kMostBytes = 1024;

// Wiped at the end; its room is never moved, so that no copy stays behind.
struct Secret {
  Secret() { text.reserve(kMostBytes + 1); }

  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  ~Secret() { ::explicit_bzero(text.data(), text.capacity()); }

  std::string text;
};

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC)) {}

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] int value() const noexcept { return fd_; }

 private:
  int fd_;
};

// Shows nothing of what is typed.
class NoEcho {
 public:
  explicit NoEcho(int terminal) : terminal_(terminal) {
    is_set_ = ::tcgetattr(terminal, &before_) == 0;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (is_set_) ::tcsetattr(terminal, TCSAFLUSH, &quiet);
  }

  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

  ~NoEcho() {
    if (is_set_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }

 private:
  int terminal_;
  termios before_{};
  bool is_set_ = false;
};

// The first line, byte by byte, so that nothing of what follows is taken from a pipe.
//   returns   false where reading failed, or was interrupted
bool read_line(int fd, std::string& line) {
  char byte = 0;
  while (line.size() <= kMostBytes) {
    const ssize_t got = ::read(fd, &byte, 1);
    if (got < 0) return false;
    if (got == 0 || byte == '\n') return true;
    line += byte;
  }
  throw Error(ErrorCode::configuration,
              fmt::format("the passphrase has more than {} bytes", kMostBytes));
}

void read_file(const std::string& file, std::string& line) {
  const Descriptor fd(file, O_RDONLY);
  if (fd.value() >= 0 && read_line(fd.value(), line)) {
    if (!line.empty()) return;
    throw Error(ErrorCode::configuration, fmt::format("the first line of '{}' is empty", file),
                "it should be the passphrase");
  }
  throw Error(ErrorCode::configuration, fmt::format("cannot read the passphrase from '{}': {}",
                                                    file, std::generic_category().message(errno)));
}

// False without a terminal, or when nothing was typed: then the line is empty.
bool ask_terminal(const std::string& question, std::string& line) {
  const Descriptor terminal("/dev/tty", O_RDWR | O_NOCTTY);
  if (terminal.value() < 0) return false;
  const NoEcho quiet(terminal.value());
  if (::write(terminal.value(), question.data(), question.size()) < 0) return false;
  if (!read_line(terminal.value(), line)) line.clear();
  (void)!::write(terminal.value(), "\n", 1);
  return !line.empty();
}

void ask_twice(const std::filesystem::path& key, std::string& line) {
  Secret again;
  const std::string question =
      fmt::format("new passphrase for {}: ", escape_controls(key.string()));
  if (!ask_terminal(question, line)) return;
  (void)ask_terminal("the same again: ", again.text);
  if (again.text == line) return;
  throw Error(ErrorCode::configuration, "the two passphrases are not the same", "try again");
}

}  // namespace

void add_passphrase_flag(CLI::App& app, std::string& file) {
  add_value(app, "--passphrase-file", file, "FILE",
            "the passphrase of an encrypted key is its first line (default: ask at the terminal)");
}

AskPassphrase passphrase_from(Context& context, const std::string& file) {
  const auto typed = std::make_shared<Secret>();
  return [&context, file, typed](const std::filesystem::path& key) {
    Secret secret;
    if (!file.empty()) {
      read_file(file, secret.text);
      return secret.text;
    }
    if (typed->text.empty() && !context.stop) {
      context.err.flush();
      (void)ask_terminal(fmt::format("passphrase for {}: ", escape_controls(key.string())),
                         typed->text);
    }
    return typed->text;
  };
}

AskPassphrase new_passphrase_from(Context& context, const std::string& file) {
  if (!file.empty()) return passphrase_from(context, file);
  return [&context](const std::filesystem::path& key) {
    Secret secret;
    context.err.flush();
    ask_twice(key, secret.text);
    return secret.text;
  };
}

}  // namespace audit::cli
