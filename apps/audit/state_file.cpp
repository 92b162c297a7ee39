#include "state_file.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace audit::cli {

namespace {

namespace fs = std::filesystem;

bool is_ledger_id(std::string_view text) {
  constexpr std::size_t kDigits = 32;
  return text.size() == kDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Empty where there is none, or none is wanted.
fs::path state_folder(const Context& context) {
  if (const char* const given = context.environment("AUDIT_STATE")) return given;
  const fs::path base = context.variable("XDG_STATE_HOME");
  if (base.is_absolute()) return base / "agent-audit";
  const fs::path home = context.variable("HOME");
  return home.is_absolute() ? home / ".local" / "state" / "agent-audit" : fs::path();
}

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}

  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;

  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

// Makes the folders that are not there. Root leaves nothing in a user's home that the user could not
// change.
bool make_folders(const fs::path& folder) {
  std::vector<fs::path> missing;
  fs::path there = folder;

  struct stat facts {};

  for (; ::stat(there.c_str(), &facts) != 0; there = there.parent_path()) {
    if (there == there.parent_path()) return false;
    missing.push_back(there);
  }
  if (::geteuid() == 0 && facts.st_uid != 0) return false;
  return std::all_of(missing.rbegin(), missing.rend(), [](const fs::path& one) {
    return ::mkdir(one.c_str(), 0700) == 0 || errno == EEXIST;  // another program was faster
  });
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd, bytes.data(), bytes.size());
    if (done <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

}  // namespace

fs::path state_file(const Context& context, std::string_view folder, const std::string& ledger_id) {
  const fs::path state = state_folder(context);
  if (state.empty() || !is_ledger_id(ledger_id)) return {};
  std::error_code failed;
  const fs::path whole = fs::absolute(state, failed);
  return failed ? fs::path() : whole / folder / ledger_id;
}

std::optional<std::string> read_state(const fs::path& file, std::size_t limit) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));

  struct stat facts {};

  if (fd.get() < 0 || ::fstat(fd.get(), &facts) != 0) return std::nullopt;
  const bool is_ours = S_ISREG(facts.st_mode) && facts.st_uid == ::geteuid() &&
                       (facts.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  if (!is_ours || facts.st_size > static_cast<off_t>(limit)) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(facts.st_size),
                    '\0');  // it is replaced, never changed
  const ssize_t got = ::read(fd.get(), bytes.data(), bytes.size());
  return got == facts.st_size ? std::optional(bytes) : std::nullopt;
}

void replace_state(const fs::path& file, std::string_view bytes) {
  if (!make_folders(file.parent_path())) return;
  std::string beside = file.string() + ".XXXXXX";
  const Fd fd(::mkostemp(beside.data(), O_CLOEXEC));  // mode 0600
  if (fd.get() < 0) return;
  if (!write_all(fd.get(), bytes) || ::rename(beside.c_str(), file.c_str()) != 0) {
    ::unlink(beside.c_str());
  }
}

}  // namespace audit::cli
