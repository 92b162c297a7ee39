// export/tile_folder.hpp - a folder of files that are written once: whoever filled it before may have
// been an enemy.
//
// No symbolic link within it is followed, nothing is removed, and no file but the checkpoint is ever
// replaced. One process at a time writes.
//
// Errors   Error: configuration (something is in the way), busy, not_found, permission, io
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.hpp"

namespace audit::exports {

class TileFolder {
 public:
  // Makes the folder if it is not there, and locks it.
  explicit TileFolder(std::filesystem::path folder);

  // The content of a file of the top folder; nothing if it is not there.
  [[nodiscard]] std::optional<std::string> read(std::string_view name, std::size_t limit) const;

  // Whether a regular file of this name and length is there.
  [[nodiscard]] bool has(std::string_view name, std::size_t bytes) const;

  // Makes a file, its folders too. False: it was there with these bytes. What a power cut leaves of one
  // is replaced: zeros where these bytes should be, or nothing.
  //   name      "tile/0/000": parts that are never "..", "." or empty
  //   bytes     not none
  //   throws    configuration if it is there with others, or is no regular file
  bool add(std::string_view name, std::string_view bytes);

  // Replaces a file of the top folder, when all that was added is on disk: readers see the old
  // content or the new, also after a power cut.
  void replace(std::string_view name, std::string_view bytes);

 private:
  [[nodiscard]] int folder_of(std::string_view name);
  [[nodiscard]] std::optional<std::string> read_at(int folder, std::string_view name,
                                                   std::size_t limit) const;
  void write_incoming(std::string_view bytes, bool sync);
  [[noreturn]] void refuse(std::string_view name, std::string_view why) const;
  [[noreturn]] void fail(std::string_view what, std::string_view name, int error) const;

  std::filesystem::path path_;
  base::UniqueFd top_;
  std::string open_name_;  // of the folder that was used last
  base::UniqueFd open_;
};

}  // namespace audit::exports
