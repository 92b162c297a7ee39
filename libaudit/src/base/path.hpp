// base/path.hpp - questions about names whose answer may be that one must not look.
//
// The forms of std::filesystem that take one argument throw what is no Error, which would be told as a
// bug of ours: scripts/check-layers.py refuses them.
//
// Errors    throws Error: permission, io
#pragma once

#include <filesystem>

namespace audit::base {

// Whether there is something of this name; of a link, whether there is what it leads to.
//   throws    permission where a folder on the way may not be looked into
[[nodiscard]] bool exists(const std::filesystem::path& path);

// The path from the root of the file system.
//   throws    where it begins at the current folder, and that is gone
[[nodiscard]] std::filesystem::path absolute(const std::filesystem::path& path);

}  // namespace audit::base
