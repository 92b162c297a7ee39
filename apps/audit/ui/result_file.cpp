#include "ui/result_file.hpp"

#include <audit/error.hpp>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace audit::cli {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& file, int error) {
  if (error == ENOENT) check_folder_of(file);
  ErrorCode code = ErrorCode::io;
  if (error == ENOENT || error == ENOTDIR) code = ErrorCode::not_found;
  if (error == EACCES || error == EPERM || error == EROFS) code = ErrorCode::permission;
  throw Error(
      code,
      fmt::format("cannot write '{}': {}", file.string(), std::generic_category().message(error)),
      code == ErrorCode::permission ? "choose a file in a folder that you may write to" : "");
}

void sync_folder_of(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;  // a folder that may be written but not read: the file itself is synced
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

void check_folder_of(const fs::path& file) {
  std::error_code failed;
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (fs::status(folder, failed).type() != fs::file_type::not_found) {
    if (::access(folder.c_str(), W_OK) == 0 || (errno != EACCES && errno != EROFS)) return;
    throw Error(
        ErrorCode::permission,
        fmt::format("cannot write '{}': {}", file.string(), std::generic_category().message(errno)),
        "choose a file in a folder that you may write to");
  }
  throw Error(
      ErrorCode::not_found,
      fmt::format("cannot write '{}': there is no folder '{}'", file.string(), folder.string()),
      "make the folder first (mkdir -p), or choose another file");
}

fs::path spool_folder(const fs::path& file) {
  std::error_code failed;
  if (!file.empty() && (!fs::exists(file, failed) || fs::is_regular_file(file, failed))) {
    return file.parent_path();
  }
  const fs::path folder = fs::temp_directory_path(failed);
  if (!failed) return folder;
  throw Error(ErrorCode::not_found, "TMPDIR names no folder for what waits to be written",
              "set it to one, or write the result to a file: -o FILE");
}

ResultFile::ResultFile(fs::path file, bool overwrite, std::string hint)
    : file_(std::move(file)), overwrite_(overwrite), hint_(std::move(hint)) {
  std::error_code error;
  const fs::file_status status = fs::status(file_, error);
  if (fs::is_directory(status)) fail(file_, EISDIR);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    fd_ = ::open(file_.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd_ < 0) fail(file_, errno);
  } else {
    if (!overwrite_ && fs::exists(fs::symlink_status(file_, error))) refuse();
    // Through a link the file it names is replaced, not the link.
    if (fs::exists(status)) {
      const fs::path real = fs::canonical(file_, error);
      if (error) fail(file_, error.value());
      file_ = real;
    }
    open_beside();
  }
  output_ = std::make_unique<Output>(fd_, fmt::format("'{}'", file_.string()));
}

void ResultFile::refuse() const {
  throw Error(ErrorCode::already_exists, fmt::format("'{}' exists already", file_.string()), hint_);
}

void ResultFile::open_beside() {
  std::string name =
      (file_.parent_path() / fmt::format(".{}.XXXXXX", file_.filename().string())).string();
  fd_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd_ < 0) fail(file_, errno);
  beside_ = name;
  // mkostemp makes it 0600; the result has the rights any new file would have.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  ::fchmod(fd_, 0666 & ~mask);
}

ResultFile::~ResultFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!beside_.empty()) ::unlink(beside_.c_str());
}

void ResultFile::commit() {
  output_->flush();
  if (beside_.empty()) return;
  if (::fsync(fd_) != 0) fail(file_, errno);
  put_in_place();
  beside_.clear();
  sync_folder_of(file_);
}

void ResultFile::put_in_place() {
  const unsigned flags = overwrite_ ? 0 : RENAME_NOREPLACE;
  if (::renameat2(AT_FDCWD, beside_.c_str(), AT_FDCWD, file_.c_str(), flags) == 0) return;
  if (errno == EEXIST) refuse();
  // Some file systems have no RENAME_NOREPLACE; a link refuses in the same way.
  if (errno != EINVAL || overwrite_) fail(file_, errno);
  if (::link(beside_.c_str(), file_.c_str()) != 0) {
    if (errno == EEXIST) refuse();
    fail(file_, errno);
  }
  ::unlink(beside_.c_str());
}

}  // namespace audit::cli
