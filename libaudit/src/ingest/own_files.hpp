// ingest/own_files.hpp - the files of a ledger, which are no input: the key that signs must not become
// an entry.
#pragma once

#include <audit/ingest.hpp>

#include <filesystem>
#include <vector>

namespace audit::ingest {

class OwnFiles {
 public:
  OwnFiles(const std::filesystem::path& ledger, const IngestOptions& options);

  // Whether an open file is the ledger, its index or one of its keys, by whatever name.
  [[nodiscard]] bool operator()(int fd) const;

 private:
  std::vector<std::filesystem::path> files_;
};

}  // namespace audit::ingest
