#include "alert_command.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <iterator>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ui/json.hpp"

extern char** environ;

namespace audit::cli {

namespace {

// How often the commands that run are looked at.
constexpr std::chrono::milliseconds kLook{20};

std::string reason_of(int error) { return std::generic_category().message(error); }

// What the command reads: the payload of the entry, with its place before it.
std::string input_of(const IngestAlert& alert, const std::string& ledger) {
  JsonObject object;
  object.add("ledger", ledger).add("seq", alert.seq).add("hash", to_hex(alert.hash));
  std::string text = object.str();
  text.back() = ',';
  return text.append(std::string_view(alert.payload).substr(1)).append(1, '\n');
}

// A descriptor that holds `text`, to be read from its beginning; -1 and errno where there is none.
// Not a pipe: a command that does not read must neither stop us nor kill us.
int make_input(const std::string& text) {
  const int fd = ::memfd_create("alert", MFD_CLOEXEC);
  if (fd < 0) return -1;
  const ssize_t written = ::pwrite(fd, text.data(), text.size(), 0);
  if (written == static_cast<ssize_t>(text.size())) return fd;
  const int error = written < 0 ? errno : ENOSPC;
  ::close(fd);
  errno = error;
  return -1;
}

// Our environment and what names the alert. None of it is text of an agent.
std::vector<std::string> environment_of(const IngestAlert& alert, const std::string& ledger) {
  std::vector<std::string> variables;
  for (char** at = environ; *at != nullptr; ++at) {
    if (!std::string_view(*at).starts_with("AUDIT_ALERT_")) variables.emplace_back(*at);
  }
  variables.push_back(fmt::format("AUDIT_ALERT_SET={}", alert.set));
  variables.push_back(fmt::format("AUDIT_ALERT_RULE={}", alert.rule));
  variables.push_back(fmt::format("AUDIT_ALERT_SEVERITY={}", alert.severity));
  variables.push_back(fmt::format("AUDIT_ALERT_ACTION={}", alert.action));
  variables.push_back(fmt::format("AUDIT_ALERT_SEQ={}", alert.seq));
  variables.push_back(fmt::format("AUDIT_ALERT_LEDGER={}", ledger));
  return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Starts `/bin/sh -c command` in a group of its own, so that it can be ended with all it started.
// Its output goes to our standard error: standard output is for records that are passed on.
int spawn_shell(std::string command, int input, std::vector<std::string> variables,
                pid_t& process) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  std::vector<std::string> words{"sh", "-c", std::move(command)};
  const int error = ::posix_spawn(&process, "/bin/sh", &actions, &attributes,
                                  pointers_to(words).data(), pointers_to(variables).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  return error;
}

// How soon it is an alert's turn.
int weight_of(const IngestAlert& alert) {
  constexpr std::string_view kSeverities[] = {"low", "medium", "high", "critical"};
  return static_cast<int>(
      std::find(std::begin(kSeverities), std::end(kSeverities), alert.severity) -
      std::begin(kSeverities));
}

bool weighs_less(const IngestAlert& a, const IngestAlert& b) { return weight_of(a) < weight_of(b); }

}  // namespace

AlertCommand::AlertCommand(std::string command, std::string ledger)
    : command_(std::move(command)), ledger_(std::move(ledger)), thread_([this] { work(); }) {}

AlertCommand::~AlertCommand() { finish(); }

void AlertCommand::run(const IngestAlert& alert) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() == kMostWaiting) {
    ++dropped_;
    // Many that matter little must not keep one from being told that matters.
    const auto least = std::min_element(waiting_.begin(), waiting_.end(), weighs_less);
    if (!weighs_less(*least, alert)) return;
    waiting_.erase(least);
  }
  waiting_.push_back(alert);
  changed_.notify_all();
}

std::vector<std::string> AlertCommand::take_notes() {
  const std::lock_guard lock(mutex_);
  return std::exchange(notes_, {});
}

void AlertCommand::finish() {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) end_by_ = std::chrono::steady_clock::now() + kLongest;
    closed_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  if (dropped_ == 0) return;
  notes_.push_back(
      fmt::format("the command of --on-alert could not keep up: it was not run for {} "
                  "of the alerts, which are in the ledger",
                  std::exchange(dropped_, 0)));
}

void AlertCommand::note(std::string text) {
  const std::lock_guard lock(mutex_);
  notes_.push_back(std::move(text));
}

void AlertCommand::work() {
  for (;;) {
    std::unique_lock lock(mutex_);
    const auto has_work = [&] {
      return closed_ || (!waiting_.empty() && children_.size() < kMostAtOnce);
    };
    if (children_.empty()) {
      changed_.wait(lock, has_work);
    } else {
      (void)changed_.wait_for(lock, kLook, [&] { return !closed_ && has_work(); });
    }
    if (closed_ && std::chrono::steady_clock::now() > end_by_) {
      dropped_ += waiting_.size();
      waiting_.clear();
    }
    if (closed_ && waiting_.empty() && children_.empty()) return;
    if (!waiting_.empty() && children_.size() < kMostAtOnce) {
      const auto next = std::max_element(waiting_.begin(), waiting_.end(), weighs_less);
      const IngestAlert alert = std::move(*next);
      waiting_.erase(next);
      lock.unlock();
      start(alert);
    } else {
      lock.unlock();
    }
    look_after_children();
  }
}

void AlertCommand::start(const IngestAlert& alert) {
  pid_t process = 0;
  const int input = make_input(input_of(alert, ledger_));
  const int error =
      input < 0 ? errno : spawn_shell(command_, input, environment_of(alert, ledger_), process);
  if (input >= 0) ::close(input);
  if (error == 0) {
    children_.push_back({process, alert.seq, std::chrono::steady_clock::now() + kLongest});
  } else {
    note(fmt::format("the command of --on-alert could not be run for entry {}: {}", alert.seq,
                     reason_of(error)));
  }
}

void AlertCommand::look_after_children() {
  std::erase_if(children_, [this](Child& child) { return has_ended(child); });
}

bool AlertCommand::has_ended(Child& child) {
  int status = 0;
  const pid_t ended = ::waitpid(child.process, &status, WNOHANG);
  if (ended == 0) {
    if (std::chrono::steady_clock::now() < child.end_by) return false;
    ::kill(-child.process, SIGKILL);
    child.end_by = std::chrono::steady_clock::time_point::max();
    note(fmt::format("the command of --on-alert for entry {} was ended after {} seconds", child.seq,
                     kLongest.count()));
    return false;
  }
  if (ended == child.process && WIFEXITED(status) && WEXITSTATUS(status) != 0) {
    note(fmt::format("the command of --on-alert for entry {} ended with exit status {}", child.seq,
                     WEXITSTATUS(status)));
  }
  if (ended == child.process && WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) {
    note(fmt::format("the command of --on-alert for entry {} was ended by signal {}", child.seq,
                     WTERMSIG(status)));
  }
  return true;
}

}  // namespace audit::cli
