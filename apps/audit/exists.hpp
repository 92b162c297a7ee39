// exists.hpp - is there something of this name?
#pragma once

#include <filesystem>

namespace audit::cli {

// Of a link: is there what it leads to?
//   throws    permission where a folder on the way may not be looked into; io
[[nodiscard]] bool exists(const std::filesystem::path& path);

}  // namespace audit::cli
