#include "commands/file_pattern.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include <dirent.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>

namespace audit::cli {

namespace {

bool is_absent(int error) { return error == ENOENT || error == ENOTDIR; }

// A folder that cannot be looked into may hold what was meant: no answer may leave it out.
[[noreturn]] void throw_unreadable(const std::string& path, int error) {
  const bool refused = error == EACCES || error == EPERM;
  throw Error(refused ? ErrorCode::permission : ErrorCode::io,
              fmt::format("cannot look for ledgers in '{}': {}", path.empty() ? "." : path,
                          std::generic_category().message(error)),
              "name the ledgers one by one, or ask who owns the folder");
}

// As a pattern that matches only itself would be read.
std::string without_backslashes(std::string_view part) {
  std::string name;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] == '\\' && i + 1 < part.size()) ++i;
    name += part[i];
  }
  return name;
}

bool is_there(const std::string& path) {
  struct stat facts {};

  if (::lstat(path.c_str(), &facts) == 0) return true;
  if (!is_absent(errno)) throw_unreadable(path, errno);
  return false;
}

// What `folder` ("" or with its '/') holds that matches, with the folder before it.
std::vector<std::string> matches_in(const std::string& folder, const std::string& part) {
  std::vector<std::string> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.empty() ? "." : folder.c_str()),
                                                 ::closedir);
  if (!open) {
    if (!is_absent(errno)) throw_unreadable(folder, errno);
    return found;
  }
  errno = 0;
  // Only this thread has this folder open.  NOLINTNEXTLINE(concurrency-mt-unsafe)
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string name = &entry->d_name[0];
    if (::fnmatch(part.c_str(), name.c_str(), FNM_PERIOD) == 0) found.push_back(folder + name);
  }
  if (errno != 0) throw_unreadable(folder, errno);
  return found;
}

// One part of the pattern, with the '/' that end it, looked for in all that matched so far.
std::vector<std::string> step(const std::vector<std::string>& folders, const std::string& part,
                              const std::string& slashes) {
  std::vector<std::string> found;
  for (const std::string& folder : folders) {
    if (!is_pattern(part)) {
      found.push_back(fmt::format("{}{}{}", folder, without_backslashes(part), slashes));
      continue;
    }
    for (std::string& name : matches_in(folder, part)) found.push_back(std::move(name) + slashes);
  }
  return found;
}

}  // namespace

bool is_pattern(std::string_view name) noexcept {
  return name.find_first_of("*?[") != std::string_view::npos;
}

std::vector<std::string> files_matching(const std::string& pattern) {
  std::vector<std::string> found{""};
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t part = std::min(pattern.find('/', at), pattern.size());
    const std::size_t next = std::min(pattern.find_first_not_of('/', part), pattern.size());
    found = step(found, pattern.substr(at, part - at), pattern.substr(part, next - part));
    at = next;
  }
  std::erase_if(found, [](const std::string& path) { return !is_there(path); });
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace audit::cli
