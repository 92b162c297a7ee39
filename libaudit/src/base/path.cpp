#include "base/path.hpp"

#include <system_error>

#include "base/file.hpp"

namespace audit::base {

bool exists(const std::filesystem::path& path) {
  std::error_code error;
  const auto type = std::filesystem::status(path, error).type();
  if (type == std::filesystem::file_type::none) throw_errno("look at", path, error.value());
  return type != std::filesystem::file_type::not_found;
}

std::filesystem::path absolute(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::path whole = std::filesystem::absolute(path, error);
  if (error) throw_errno("find", path, error.value());
  return whole;
}

}  // namespace audit::base
