// commands/file_pattern.hpp - patterns such as logs/*.ledger, for names no shell has been over.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace audit::cli {

// True if `name` holds a character of patterns: * ? [
[[nodiscard]] bool is_pattern(std::string_view name) noexcept;

// The names that are there and match, in the order of their bytes, folders too. * and ? stand for
// anything but '/' and a dot at the beginning, [a-z] for one of these; a backslash takes the
// meaning from the next character.
//   throws    permission, io: a folder that may hold some cannot be read
[[nodiscard]] std::vector<std::string> files_matching(const std::string& pattern);

}  // namespace audit::cli
