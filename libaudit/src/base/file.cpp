#include "base/file.hpp"

#include <audit/error.hpp>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/text.hpp"

namespace audit::base {
namespace {

ErrorCode code_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::permission;
    case EEXIST:
      return ErrorCode::already_exists;
    default:
      return ErrorCode::io;
  }
}

const char* hint_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return "check the path";
    case EACCES:
    case EPERM:
      return "check who owns the file and its folder, and their modes";
    case EROFS:
      return "the file system is mounted read-only";
    case EEXIST:
      return "choose another name, or move the existing file away";
    case ENOSPC:
    case EDQUOT:
      return "the disk or the quota is full: make room and run it again";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    case EIO:
      return "the storage reported a fault: look at the system log";
    default:
      return "";
  }
}

std::string reason_of(int error) {
  std::string reason = std::generic_category().message(error);
  // "No such file" -> "no such file", but "RPC ..." stays.
  if (reason.size() > 1 && reason[1] >= 'a' && reason[1] <= 'z') {
    reason[0] = to_lower_ascii(reason.substr(0, 1))[0];
  }
  return reason;
}

// Removes a file unless told to keep it.
class FileGuard {
 public:
  explicit FileGuard(const std::filesystem::path& path) : path_(path) {}

  FileGuard(const FileGuard&) = delete;
  FileGuard& operator=(const FileGuard&) = delete;

  ~FileGuard() {
    if (!kept_) ::unlink(path_.c_str());
  }

  void keep() noexcept { kept_ = true; }

 private:
  const std::filesystem::path& path_;
  bool kept_ = false;
};

// Opens without waiting for somebody who writes; only a pipe without a name is worth waiting for,
// because whoever made it also started what writes to it.
UniqueFd open_to_read(const std::filesystem::path& path) {
  UniqueFd fd = open_file(path, O_RDONLY | O_NONBLOCK);

  struct stat facts {};

  struct statfs place {};

  if (::fstat(fd.value(), &facts) != 0) throw_errno("look at", path, errno);
  if (S_ISFIFO(facts.st_mode) &&
      (::fstatfs(fd.value(), &place) != 0 || place.f_type != PIPEFS_MAGIC)) {
    throw Error(ErrorCode::io,
                fmt::format("cannot read '{}': it is a pipe, not a file", path.string()),
                "copy what comes out of it into a file first");
  }
  if (::fcntl(fd.value(), F_SETFL, 0) != 0) throw_errno("open", path, errno);
  return fd;
}

// A new file with these bytes, on disk, its folder not yet synced.
void create_and_sync(const std::filesystem::path& path, std::string_view bytes, mode_t mode) {
  const UniqueFd fd = open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  FileGuard guard(path);
  write_all(fd.value(), bytes, path);
  sync_file(fd.value(), path);
  guard.keep();
}

}  // namespace

void throw_errno(std::string_view what, const std::filesystem::path& path, int error) {
  throw Error(code_of(error),
              fmt::format("cannot {} '{}': {}", what, path.string(), reason_of(error)),
              hint_of(error));
}

void UniqueFd::reset(int fd) noexcept {
  if (fd_ >= 0 && fd_ != fd) ::close(fd_);
  fd_ = fd;
}

UniqueFd open_file(const std::filesystem::path& path, int flags, mode_t mode) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) throw_errno((flags & O_CREAT) != 0 ? "create" : "open", path, errno);
  return UniqueFd(fd);
}

void write_all(int fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) throw_errno("write", path, errno);
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void sync_file(int fd, const std::filesystem::path& path) {
  // After a failed fsync the kernel may have dropped the pages, so only an interrupt is repeated.
  while (::fsync(fd) != 0) {
    if (errno != EINTR) throw_errno("sync", path, errno);
  }
}

void sync_folder(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder.empty() ? "." : folder;
  const UniqueFd fd = open_file(path, O_RDONLY | O_DIRECTORY);
  // EINVAL: a file system whose folders cannot be synced has nothing to wait for.
  while (::fsync(fd.value()) != 0) {
    if (errno == EINVAL) return;
    if (errno != EINTR) throw_errno("sync folder", path, errno);
  }
}

std::filesystem::path real_file(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_symlink(path, error)) return path;
  std::filesystem::path real = std::filesystem::canonical(path, error);
  return error ? path : real;
}

std::string read_file(const std::filesystem::path& path, std::size_t limit) {
  constexpr std::size_t kStep = 64 * 1024;
  const UniqueFd fd = open_to_read(path);
  std::string content;
  std::size_t size = 0;
  while (true) {
    content.resize(size + (limit - size < kStep ? limit - size + 1 : kStep));
    const ssize_t got = ::read(fd.value(), content.data() + size, content.size() - size);
    if (got < 0 && errno != EINTR) throw_errno("read", path, errno);
    if (got == 0) break;
    if (got > 0) size += static_cast<std::size_t>(got);
    if (size > limit) {
      throw Error(ErrorCode::limit,
                  fmt::format("'{}' is longer than the {} bytes allowed", path.string(), limit));
    }
  }
  content.resize(size);
  return content;
}

std::filesystem::path temporary_name(const std::filesystem::path& path) {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) {
    throw_errno("name a temporary file for", path, errno);
  }
  return path.parent_path() / fmt::format(".{}.{:016x}.tmp", path.filename().string(), number);
}

void write_file_atomic(const std::filesystem::path& path, std::string_view bytes, mode_t mode) {
  const std::filesystem::path temporary = temporary_name(path);
  create_and_sync(temporary, bytes, mode);
  FileGuard guard(temporary);
  if (::rename(temporary.c_str(), path.c_str()) != 0) throw_errno("replace", path, errno);
  guard.keep();
  sync_folder(path.parent_path());
}

void put_in_place(const std::filesystem::path& file, const std::filesystem::path& name,
                  bool overwrite) {
  const unsigned flags = overwrite ? 0 : RENAME_NOREPLACE;
  if (::renameat2(AT_FDCWD, file.c_str(), AT_FDCWD, name.c_str(), flags) != 0) {
    // Some file systems have no RENAME_NOREPLACE; a link refuses in the same way.
    if (errno != EINVAL || overwrite) throw_errno("make", name, errno);
    if (::link(file.c_str(), name.c_str()) != 0) throw_errno("make", name, errno);
    ::unlink(file.c_str());
  }
  sync_folder(name.parent_path());
}

void create_file_exclusive(const std::filesystem::path& path, std::string_view bytes, mode_t mode) {
  create_and_sync(path, bytes, mode);
  sync_folder(path.parent_path());
}

}  // namespace audit::base
