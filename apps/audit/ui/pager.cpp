#include "ui/pager.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interrupt.hpp"
#include "ui/message.hpp"

namespace audit::cli {

namespace {

// What the shell answers when there is no such program.
constexpr int kNoSuchProgram = 127;

bool is_in_path(const Context& context, std::string_view program) {
  const std::string path = context.variable("PATH");
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find(':', start), path.size());
    const std::string file = fmt::format("{}/{}", path.substr(start, end - start), program);
    if (::access(file.c_str(), X_OK) == 0) return true;
    start = end + 1;
  }
  return false;
}

std::string choose_pager(const Context& context) {
  if (!context.out.is_terminal() || context.globals.no_pager) return "";
  for (const char* name : {"AUDIT_PAGER", "PAGER"}) {
    if (context.environment(name) == nullptr) continue;
    const std::string command = context.variable(name);
    return command == "cat" ? "" : command;
  }
  return is_in_path(context, "less") ? "less" : "";
}

// Our environment, with settings that let less show colour and leave short output alone.
std::vector<std::string> pager_environment(const Context& context) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    variables.emplace_back(*variable);
  }
  if (context.environment("LESS") == nullptr) variables.emplace_back("LESS=FRX");
  if (context.environment("LV") == nullptr) variables.emplace_back("LV=-c");
  return variables;
}

// Starts `command` with `input` as its standard input; -1 if that cannot be done.
pid_t spawn(const std::string& command, int input, const Context& context) {
  std::vector<std::string> variables = pager_environment(context);
  std::vector<char*> environment;
  environment.reserve(variables.size() + 1);
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  std::array<std::string, 3> words = {"sh", "-c", command};
  std::array<char*, 4> arguments = {words[0].data(), words[1].data(), words[2].data(), nullptr};

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  sigset_t defaults;
  ::sigemptyset(&defaults);
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM}) ::sigaddset(&defaults, signal);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t child = -1;
  const int failed =
      ::posix_spawn(&child, "/bin/sh", &actions, &attributes, arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return failed == 0 ? child : -1;
}

}  // namespace

PagedOutput::PagedOutput(Context& context) : context_(context), command_(choose_pager(context)) {}

PagedOutput::~PagedOutput() { release(); }

void PagedOutput::write(std::string_view text) {
  if (pipe_) {
    pipe_->write(text);
    return;
  }
  if (command_.empty()) {
    context_.out.write(text);
    return;
  }
  held_ += text;
  lines_ += static_cast<std::size_t>(std::ranges::count(text, '\n'));
  if (lines_ >= context_.out.rows()) start_pager();
}

bool PagedOutput::is_closed() const { return pipe_ && pipe_->is_closed(); }

void PagedOutput::start_pager() {
  std::array<int, 2> ends = {-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
    child_ = spawn(command_, ends[0], context_);
    ::close(ends[0]);
    if (child_ < 0) ::close(ends[1]);
  }
  if (child_ >= 0) {
    pipe_fd_ = ends[1];
    // A reader who leaves early ends the pipe, not us.
    ::signal(SIGPIPE, SIG_IGN);
    let_second_signal_exit(false);
    pipe_ = std::make_unique<Output>(pipe_fd_, "the pager");
    pipe_->tolerate_broken_pipe();
  }
  command_.clear();
  const std::string held = std::move(held_);
  held_.clear();
  write(held);
}

void PagedOutput::finish() {
  if (!held_.empty()) {
    context_.out.write(held_);
    held_.clear();
  }
  if (!pipe_) {
    context_.out.flush();
    return;
  }
  pipe_->flush();
  release();
}

void PagedOutput::release() {
  if (child_ < 0) return;
  ::close(pipe_fd_);
  wait_for_pager();
  child_ = -1;
  pipe_fd_ = -1;
  ::signal(SIGPIPE, SIG_DFL);
  let_second_signal_exit(true);
}

void PagedOutput::wait_for_pager() {
  int status = 0;
  while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNoSuchProgram) {
    context_.err.write("audit: note: the pager could not be run; --no-pager prints directly\n");
  }
}

}  // namespace audit::cli
