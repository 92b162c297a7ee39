// base/file.hpp - descriptors that close themselves; whole files in, whole files out, durably.
//
// Errors    throws Error: not_found, permission, already_exists, limit, io
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <sys/types.h>

namespace audit::base {

// Throws what errno value `error` means as an Error that says "cannot <what> '<path>': <why>".
//   throws    not_found ENOENT ENOTDIR; permission EACCES EPERM EROFS; already_exists EEXIST;
//             io for all others
[[noreturn]] void throw_errno(std::string_view what, const std::filesystem::path& path, int error);

// Owns a file descriptor. Closing it cannot report an error: sync first where that matters.
class UniqueFd {
 public:
  UniqueFd() noexcept = default;

  explicit UniqueFd(int fd) noexcept : fd_(fd) {}

  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(std::exchange(other.fd_, -1));
    return *this;
  }

  ~UniqueFd() { reset(); }

  [[nodiscard]] int value() const noexcept { return fd_; }

  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }

  // Closes what is held and takes `fd` instead.
  void reset(int fd = -1) noexcept;

  // Gives the descriptor away without closing it.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// open(2) with O_CLOEXEC, again when interrupted; `mode` is used when `flags` create.
[[nodiscard]] UniqueFd open_file(const std::filesystem::path& path, int flags, mode_t mode = 0);

// Writes all bytes, however many calls that takes. `path` is for the message only.
void write_all(int fd, std::string_view bytes, const std::filesystem::path& path);

// fsync. `path` is for the message only.
void sync_file(int fd, const std::filesystem::path& path);

// Makes what was created, renamed or removed in `folder` survive a power cut ("" is ".").
void sync_folder(const std::filesystem::path& folder);

// The file that `path` names, behind every symbolic link if its last part is one: what other names
// are made from. `path` itself where there is no link, or none that leads anywhere.
[[nodiscard]] std::filesystem::path real_file(const std::filesystem::path& path);

// The whole content of a file, or of a pipe that the shell made (/dev/stdin, <(command)). A pipe with
// a name of its own is refused: nobody may ever write to it.
//   throws    limit when it is longer than `limit` bytes; io for a pipe with a name
[[nodiscard]] std::string read_file(const std::filesystem::path& path, std::size_t limit);

// A name beside `path` that nobody else uses.
[[nodiscard]] std::filesystem::path temporary_name(const std::filesystem::path& path);

// Gives a file that is complete and on disk its name, in the same folder; durable on return.
//   throws    already_exists unless `overwrite`
void put_in_place(const std::filesystem::path& file, const std::filesystem::path& name,
                  bool overwrite);

// Replaces `path` (or makes it): readers see the old content or the new, never a part, and on
// return the new is on disk. The umask applies to `mode`.
void write_file_atomic(const std::filesystem::path& path, std::string_view bytes, mode_t mode);

// Makes a file that was not there, durable on return; no half-written one stays behind.
//   throws    already_exists, also when a dangling link has that name
void create_file_exclusive(const std::filesystem::path& path, std::string_view bytes, mode_t mode);

}  // namespace audit::base
