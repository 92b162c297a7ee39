#include "ingest/own_files.hpp"

#include <algorithm>

#include <sys/stat.h>

namespace audit::ingest {

OwnFiles::OwnFiles(const std::filesystem::path& ledger, const IngestOptions& options) {
  for (const char* const ending : {"", "-wal", "-shm"}) {
    files_.push_back(ledger.string() + ending);
    files_.push_back(index_file(ledger).string() + ending);
  }
  files_.push_back(options.key_file.empty() ? default_key_file(ledger) : options.key_file);
  files_.push_back(default_key_file(ledger));
  files_.push_back(verify_key_file(ledger));
}

bool OwnFiles::operator()(int fd) const {
  struct stat open {};

  if (::fstat(fd, &open) != 0) return false;
  return std::any_of(files_.begin(), files_.end(), [&open](const std::filesystem::path& file) {
    struct stat own {};

    return ::stat(file.c_str(), &own) == 0 && own.st_ino == open.st_ino &&
           own.st_dev == open.st_dev;
  });
}

}  // namespace audit::ingest
