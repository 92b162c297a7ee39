#include "export/spool.hpp"

#include <cerrno>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

namespace audit::exports {

Spool::Spool(const std::filesystem::path& folder)
    : folder_(folder.empty() ? std::filesystem::path(".") : folder) {
  // O_TMPFILE would leave nothing even if we were killed here, but not every file system has it.
  std::string name = (folder_ / ".audit-spool-XXXXXX").string();
  file_.reset(::mkostemp(name.data(), O_CLOEXEC));
  if (!file_) base::throw_errno("make a file in", folder_, errno);
  ::unlink(name.c_str());
}

void Spool::flush() {
  hasher_.update(buffer_);
  bytes_ += buffer_.size();
  base::write_all(file_.value(), buffer_, folder_);
  buffer_.clear();
}

void Spool::finish() {
  flush();
  buffer_ = std::string();
  digest_ = hasher_.finish();
}

void Spool::copy_to(const Sink& sink) const {
  std::string piece(kPieceBytes, '\0');
  for (std::uint64_t at = 0; at < bytes_;) {
    const ssize_t got = ::pread(file_.value(), piece.data(), piece.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      base::throw_errno("read back what was written in", folder_, got == 0 ? EIO : errno);
    sink(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
    at += static_cast<std::uint64_t>(got);
  }
}

}  // namespace audit::exports
