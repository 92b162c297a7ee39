// siem/mapping_files.hpp - libaudit/data/siem, as it was when the library was built.
#pragma once

#include <span>
#include <string_view>

namespace audit::siem {

struct MappingFile {
  std::string_view name;  // "cef": of the file without .json
  std::string_view text;
};

[[nodiscard]] std::span<const MappingFile> mapping_files() noexcept;

}  // namespace audit::siem
