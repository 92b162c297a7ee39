// base/zip.hpp - asks a zip file that this program had made by another library whether a member of it is
// whole. No reader of strangers' files: those are unpack.hpp's.
//
// Errors   throws io
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace audit::base {

// True if the member is there, unpacks, has at least `bytes` bytes, and ends with `tail`.
//   fd     of the file, at any place; the place is left as it was
//   path   for messages
[[nodiscard]] bool is_whole_in_zip(int fd, const std::filesystem::path& path, std::string_view name,
                                   std::uint64_t bytes, std::string_view tail);

}  // namespace audit::base
