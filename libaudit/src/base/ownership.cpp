#include "base/ownership.hpp"

#include <audit/error.hpp>

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace audit::base {

namespace {

constexpr mode_t kAllBits = 0777;

// Without O_PATH it could wait for a pipe, or take locks away when it is closed.
UniqueFd open_name(const std::filesystem::path& file) noexcept {
  return UniqueFd(::open(file.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
}

bool is_plain(const struct stat& facts) noexcept {
  return S_ISREG(facts.st_mode) && facts.st_nlink == 1;
}

std::string read_all(int fd, const std::filesystem::path& file, std::size_t limit) {
  std::string bytes(limit + 1, '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::read(fd, bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno != EINTR) throw_errno("read", file, errno);
    if (got == 0) break;
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  if (done > limit) {
    throw Error(ErrorCode::limit,
                fmt::format("'{}' is longer than the {} bytes allowed", file.string(), limit));
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace

UniqueFd hold_file(const std::filesystem::path& file) noexcept {
  UniqueFd fd = open_name(file);

  struct stat facts {};

  if (fd && (::fstat(fd.value(), &facts) != 0 || !is_plain(facts))) fd.reset();
  return fd;
}

std::string read_file_of_owner(const std::filesystem::path& model,
                               const std::filesystem::path& file, std::size_t limit) {
  const auto refuse = [&] {
    throw Error(
        ErrorCode::permission,
        fmt::format("'{}' is not a file of whoever owns '{}'", file.string(), model.string()),
        "a link, a second name or another owner could lead to somebody else's file");
  };
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd && errno == ELOOP) refuse();
  if (!fd) throw_errno("open", file, errno);

  struct stat facts {};

  struct stat owner {};

  if (::fstat(fd.value(), &facts) != 0) throw_errno("look at", file, errno);
  if (::stat(model.c_str(), &owner) != 0) throw_errno("look at", model, errno);
  if (!is_plain(facts) || facts.st_uid != owner.st_uid) refuse();
  return read_all(fd.value(), file, limit);
}

void replace_file(const std::filesystem::path& file, std::string_view bytes) {
  struct stat old {};

  if (::lstat(file.c_str(), &old) != 0) throw_errno("look at", file, errno);
  if (!S_ISREG(old.st_mode)) {
    throw Error(ErrorCode::permission,
                fmt::format("cannot replace '{}': it is a link, or no file", file.string()));
  }
  const std::filesystem::path temporary = temporary_name(file);
  {
    const UniqueFd fd = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    try {
      write_all(fd.value(), bytes, temporary);
      // The owner first: to change it takes bits of the mode away. Only root may give a file away,
      // and others only to a group of theirs: the file is of use in either case.
      (void)!::fchown(fd.value(), ::geteuid() == 0 ? old.st_uid : static_cast<uid_t>(-1),
                      old.st_gid);
      if (::fchmod(fd.value(), old.st_mode & kAllBits) != 0) {
        throw_errno("set the mode of", temporary, errno);
      }
      sync_file(fd.value(), temporary);
      put_in_place(temporary, file, true);
    } catch (...) {
      ::unlink(temporary.c_str());
      throw;
    }
  }
}

void give_to_owner_of(const std::filesystem::path& model, const std::filesystem::path& file) {
  if (::geteuid() != 0) return;
  const UniqueFd fd = hold_file(file);

  struct stat owner {};

  struct stat facts {};

  if (!fd || ::fstat(fd.value(), &facts) != 0 || facts.st_uid != 0) return;
  if (::stat(model.c_str(), &owner) != 0 || owner.st_uid == 0) return;
  if (::fchownat(fd.value(), "", owner.st_uid, owner.st_gid, AT_EMPTY_PATH) != 0) {
    throw_errno("give to its owner", file, errno);
  }
}

}  // namespace audit::base
