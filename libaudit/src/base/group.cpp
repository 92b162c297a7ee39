#include "base/group.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/ownership.hpp"
#include "base/text.hpp"

namespace audit::base {

namespace {

constexpr mode_t kSharedMode = 0640;

bool is_member(gid_t group) {
  if (::geteuid() == 0 || ::getegid() == group) return true;
  const int count = ::getgroups(0, nullptr);
  std::vector<gid_t> groups(count > 0 ? static_cast<std::size_t>(count) : 0);
  const int got = ::getgroups(static_cast<int>(groups.size()), groups.data());
  return got > 0 && std::find(groups.begin(), groups.begin() + got, group) != groups.begin() + got;
}

// A descriptor that only holds a file cannot be changed through itself.
bool give_to_group(const UniqueFd& held, gid_t group) noexcept {
  return ::fchownat(held.value(), "", static_cast<uid_t>(-1), group, AT_EMPTY_PATH) == 0;
}

bool set_mode(const UniqueFd& held, mode_t mode) noexcept {
  std::array<char, 64> name{};
  std::snprintf(name.data(), name.size(), "/proc/self/fd/%d", held.value());
  return ::chmod(name.data(), mode) == 0;
}

}  // namespace

gid_t find_group(const std::string& name) {
  struct group entry {};

  struct group* found = nullptr;
  std::vector<char> buffer(16'384);
  int error = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  while (error == ERANGE && buffer.size() < std::size_t{16} << 20) {
    buffer.resize(buffer.size() * 2);
    error = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  }
  if (found == nullptr) {
    throw Error(ErrorCode::invalid_argument,
                fmt::format("there is no group '{}' on this machine", escape_controls(name)),
                "'getent group' lists them");
  }
  if (!is_member(entry.gr_gid)) {
    throw Error(
        ErrorCode::permission,
        fmt::format("only a member of the group '{}' can give files to it", escape_controls(name)),
        fmt::format("let an administrator add you to it, and log in again: 'id -Gn' then "
                    "lists {}",
                    escape_controls(name)));
  }
  return entry.gr_gid;
}

void let_group_read(const std::filesystem::path& file, gid_t group) {
  const UniqueFd fd = hold_file(file);
  if (!fd) {
    throw Error(
        ErrorCode::permission,
        fmt::format("cannot give '{}' to a group: it is a link, no file, or has other names",
                    file.string()),
        "a group is let in where it is certain what it is shown");
  }
  // The group first: the one the file had must not be let in.
  if (!give_to_group(fd, group)) throw_errno("give to a group", file, errno);
  if (!set_mode(fd, kSharedMode)) throw_errno("let a group read", file, errno);
}

void share_like(const std::filesystem::path& model, const std::filesystem::path& file) noexcept {
  struct stat wanted {};

  struct stat facts {};

  if (::stat(model.c_str(), &wanted) != 0 || (wanted.st_mode & S_IRGRP) == 0) return;
  const UniqueFd fd = hold_file(file);
  if (!fd || ::fstat(fd.value(), &facts) != 0 || facts.st_uid != wanted.st_uid) return;
  if (facts.st_gid == wanted.st_gid && (facts.st_mode & S_IRGRP) != 0) return;
  if (give_to_group(fd, wanted.st_gid)) (void)set_mode(fd, (facts.st_mode & 0777) | S_IRGRP);
}

}  // namespace audit::base
