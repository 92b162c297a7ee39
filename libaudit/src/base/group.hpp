// base/group.hpp - files that a group of this machine may read.
//
// Errors    throws Error: invalid_argument, permission, not_found, io
#pragma once

#include <filesystem>
#include <string>

#include <sys/types.h>

namespace audit::base {

// The number of a group that this process may give its files to.
//   throws    invalid_argument: there is none of this name; permission: it is no member
[[nodiscard]] gid_t find_group(const std::string& name);

// Gives a file to a group, which may read it and not write.
//   throws    permission, also for a link and for a file that has other names; io
void let_group_read(const std::filesystem::path& file, gid_t group);

// Lets the group of `model` read `file` if it may read `model`. What is not there, a link, or somebody
// else's than `model` stays as it is: whoever owns it did this.
void share_like(const std::filesystem::path& model, const std::filesystem::path& file) noexcept;

}  // namespace audit::base
