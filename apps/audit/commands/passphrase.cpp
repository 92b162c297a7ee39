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
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "commands/flags.hpp"
#include "interrupt.hpp"
#include "ui/message.hpp"

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

// A passphrase that others may read protects nothing from them.
void note_open_file(Context& context, const std::string& file, int fd) {
  struct stat facts {};

  constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
  if (::fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode) || (facts.st_mode & kOthers) == 0) return;
  print_note(context, fmt::format("others than its owner may use the passphrase file {}: chmod 600 "
                                  "it",
                                  file));
}

void read_file(Context& context, const std::string& file, std::string& line, bool& is_noted) {
  const Descriptor fd(file, O_RDONLY);
  if (fd.value() >= 0 && !std::exchange(is_noted, true)) note_open_file(context, file, fd.value());
  if (fd.value() >= 0 && read_line(fd.value(), line)) {
    if (!line.empty()) return;
    throw Error(ErrorCode::configuration, fmt::format("the first line of '{}' is empty", file),
                "it should be the passphrase");
  }
  const int error = errno;
  throw Error(error == ENOENT ? ErrorCode::not_found : ErrorCode::configuration,
              fmt::format("cannot read the passphrase from '{}': {}", file,
                          std::generic_category().message(error)),
              error == ENOENT ? "--passphrase-file FILE: its first line is the passphrase" : "");
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

void end_if_stopped(const Context& context) {
  if (context.stop) throw Interrupted();
}

// The key as it will be called: until a rotation has ended, its file has another name.
std::string name_of_key(const std::filesystem::path& key) {
  constexpr std::string_view kNext = ".new";
  std::string name = key.string();
  if (name.ends_with(kNext)) name.resize(name.size() - kNext.size());
  return escape_controls(name);
}

void ask_twice(const Context& context, const std::filesystem::path& key, std::string& line) {
  Secret again;
  const bool is_answered =
      ask_terminal(fmt::format("new passphrase for {}: ", name_of_key(key)), line);
  end_if_stopped(context);
  if (!is_answered) return;
  (void)ask_terminal("the same again: ", again.text);
  end_if_stopped(context);
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
  const auto is_noted = std::make_shared<bool>(false);
  return [&context, file, typed, is_noted](const std::filesystem::path& key) {
    Secret secret;
    if (!file.empty()) {
      read_file(context, file, secret.text, *is_noted);
      return secret.text;
    }
    if (typed->text.empty() && !context.stop) {
      context.err.flush();
      (void)ask_terminal(fmt::format("passphrase for {}: ", escape_controls(key.string())),
                         typed->text);
      end_if_stopped(context);
    }
    return typed->text;
  };
}

AskPassphrase new_passphrase_from(Context& context, const std::string& file) {
  if (!file.empty()) return passphrase_from(context, file);
  return [&context](const std::filesystem::path& key) {
    Secret secret;
    context.err.flush();
    ask_twice(context, key, secret.text);
    if (!secret.text.empty()) return secret.text;
    throw Error(ErrorCode::configuration,
                fmt::format("there is no passphrase for the new key {}", name_of_key(key)),
                "type one at a terminal, or give --passphrase-file or --new-passphrase-file");
  };
}

}  // namespace audit::cli
