#include "exists.hpp"

#include <audit/error.hpp>

#include <system_error>

#include <fmt/format.h>

namespace audit::cli {

bool exists(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_type type = std::filesystem::status(path, error).type();
  if (type != std::filesystem::file_type::none) {
    return type != std::filesystem::file_type::not_found;
  }
  const bool is_forbidden = error == std::errc::permission_denied;
  throw Error(is_forbidden ? ErrorCode::permission : ErrorCode::io,
              fmt::format("cannot look at '{}': {}", path.string(), error.message()),
              is_forbidden ? "check who owns its folder, and the modes on the way" : "");
}

}  // namespace audit::cli
