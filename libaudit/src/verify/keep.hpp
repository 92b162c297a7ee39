// verify/keep.hpp - a checkpoint in a file that never goes backwards.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace audit::verify {

// Writes the note to `file`, atomically and durably. A file that has the same head keeps the signature
// lines of others.
//   throws    configuration where the file has a larger size, another origin, another root at the
//             same size, or is no checkpoint; permission, io
void keep_note(const std::string& note, const std::filesystem::path& file);

// Where a witness keeps the last head of this origin.
[[nodiscard]] std::filesystem::path head_file(const std::filesystem::path& folder,
                                              std::string_view origin);

}  // namespace audit::verify
