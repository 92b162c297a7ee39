#include "export/tile_folder.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.hpp"

namespace audit::exports {
namespace {

// What is not in its place yet. Whoever has the lock owns it.
constexpr const char* kIncoming = ".audit-incoming";
constexpr mode_t kFolderMode = 0777;
constexpr mode_t kFileMode = 0666;
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// The next part of a name, and what follows it.
std::pair<std::string, std::string_view> split(std::string_view name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return {std::string(name), {}};
  return {std::string(name.substr(0, slash)), name.substr(slash + 1)};
}

// What a power cut may leave of a file that was not yet on the disk: all of its length or less, and
// nothing but zeros where bytes are missing.
bool is_unfinished(std::string_view there, std::string_view wanted) {
  if (there.size() > wanted.size()) return false;
  return std::equal(there.begin(), there.end(), wanted.begin(),
                    [](char got, char want) { return got == want || got == '\0'; });
}

}  // namespace

TileFolder::TileFolder(std::filesystem::path folder) : path_(std::move(folder)) {
  if (::mkdir(path_.c_str(), kFolderMode) != 0 && errno != EEXIST) {
    base::throw_errno("make the folder", path_, errno);
  }
  // The user named it: here, and only here, a link is followed.
  top_.reset(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!top_) base::throw_errno("open the folder", path_, errno);
  if (::flock(top_.value(), LOCK_EX | LOCK_NB) == 0) return;
  if (errno != EWOULDBLOCK) base::throw_errno("lock the folder", path_, errno);
  throw Error(ErrorCode::busy, fmt::format("another process writes to {}", path_.string()),
              "try again when it is done");
}

void TileFolder::refuse(std::string_view name, std::string_view why) const {
  throw Error(ErrorCode::configuration,
              fmt::format("{} {}", base::escape_controls((path_ / name).string()), why),
              "nothing of it was changed: export to another folder, or find out who wrote it");
}

void TileFolder::fail(std::string_view what, std::string_view name, int error) const {
  if (error == ELOOP) refuse(name, "is a symbolic link, where a file or folder of tiles must be");
  if (error == ENOTDIR) refuse(name, "is no folder");
  base::throw_errno(what, path_ / name, error);
}

std::optional<std::string> TileFolder::read(std::string_view name, std::size_t limit) const {
  return read_at(top_.value(), name, limit);
}

// At most limit + 1 bytes: enough to see that there are too many.
std::optional<std::string> TileFolder::read_at(int folder, std::string_view name,
                                               std::size_t limit) const {
  const std::string last(name.substr(name.rfind('/') + 1));
  // A pipe must not be waited for.
  const base::UniqueFd file(
      ::openat(folder, last.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file && errno == ENOENT) return std::nullopt;
  if (!file) fail("open", name, errno);

  struct stat facts {};

  if (::fstat(file.value(), &facts) != 0) fail("look at", name, errno);
  if (!S_ISREG(facts.st_mode)) refuse(name, "is no regular file");
  std::string bytes(limit + 1, '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::read(file.value(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read", name, errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

// The folder that a file is to be in, made if it is not there. It is kept for the next file.
int TileFolder::folder_of(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  if (slash == std::string_view::npos) return top_.value();
  const std::string_view wanted = name.substr(0, slash);
  if (open_ && open_name_ == wanted) return open_.value();
  base::UniqueFd at;
  int parent = top_.value();
  for (std::string_view rest = wanted; !rest.empty();) {
    const auto [part, behind] = split(rest);
    rest = behind;
    const std::string_view so_far = wanted.substr(0, wanted.size() - rest.size());
    if (::mkdirat(parent, part.c_str(), kFolderMode) != 0 && errno != EEXIST) {
      fail("make the folder", so_far, errno);
    }
    base::UniqueFd next(::openat(parent, part.c_str(), kOpenFolder));
    if (!next) fail("open the folder", so_far, errno);
    at = std::move(next);
    parent = at.value();
  }
  open_ = std::move(at);
  open_name_ = wanted;
  return open_.value();
}

void TileFolder::write_incoming(std::string_view bytes, bool sync) {
  ::unlinkat(top_.value(), kIncoming, 0);  // of a run that was killed
  const base::UniqueFd file(::openat(
      top_.value(), kIncoming, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!file) fail("write", kIncoming, errno);
  base::write_all(file.value(), bytes, path_ / kIncoming);
  if (sync) base::sync_file(file.value(), path_ / kIncoming);
}

bool TileFolder::has(std::string_view name, std::size_t bytes) const {
  struct stat facts {};

  return ::fstatat(top_.value(), std::string(name).c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISREG(facts.st_mode) && static_cast<std::uint64_t>(facts.st_size) == bytes;
}

bool TileFolder::add(std::string_view name, std::string_view bytes) {
  const int folder = folder_of(name);
  const std::string last(name.substr(name.rfind('/') + 1));
  const auto there = read_at(folder, name, bytes.size());
  if (there == bytes) return false;
  if (there && !is_unfinished(*there, bytes))
    refuse(name, "holds other bytes than this ledger gives, and tiles never change");
  if (there) ::unlinkat(folder, last.c_str(), 0);
  write_incoming(bytes, false);
  // Nothing but this process writes here, and what is not looked for is not replaced either.
  if (::renameat2(top_.value(), kIncoming, folder, last.c_str(), RENAME_NOREPLACE) == 0)
    return true;
  if (errno != EINVAL) fail("write", name, errno);
  // Some file systems have no RENAME_NOREPLACE; a link refuses in the same way.
  if (::linkat(top_.value(), kIncoming, folder, last.c_str(), 0) != 0) fail("write", name, errno);
  ::unlinkat(top_.value(), kIncoming, 0);
  return true;
}

void TileFolder::replace(std::string_view name, std::string_view bytes) {
  write_incoming(bytes, true);
  // One call for all files instead of two for each of them.
  if (::syncfs(top_.value()) != 0) fail("write to the disk", name, errno);
  if (::renameat(top_.value(), kIncoming, top_.value(), std::string(name).c_str()) != 0) {
    fail("write", name, errno);
  }
  base::sync_file(top_.value(), path_);
}

}  // namespace audit::exports
