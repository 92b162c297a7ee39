// base/ownership.hpp - whose a file is, where more than one user writes to a folder.
//
// Whoever owns a folder may put something else in the place of a file at any time: what is looked at
// and what is changed is one descriptor here, and never behind a link.
//
// Errors    throws Error: not_found, permission, limit, io
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.hpp"

namespace audit::base {

// A file to look at, without reading or writing it: opening and closing it leaves its locks alone.
// Empty where it is not there, is a link, no regular file, or has other names.
[[nodiscard]] UniqueFd hold_file(const std::filesystem::path& file) noexcept;

// The content of a file of whoever owns `model`.
//   throws    permission where it is a link, no regular file, has other names, or is somebody else's
[[nodiscard]] std::string read_file_of_owner(const std::filesystem::path& model,
                                             const std::filesystem::path& file, std::size_t limit);

// Replaces a file that is there as write_file_atomic does; its mode stays, and, as far as this process
// may do that, its owner and group.
//   throws    permission for a link too
void replace_file(const std::filesystem::path& file, std::string_view bytes);

// As root: gives a file of root's to whoever owns `model`, so that what root made is of use to them.
// What is not root's, a link, or has other names stays as it is.
void give_to_owner_of(const std::filesystem::path& model, const std::filesystem::path& file);

}  // namespace audit::base
