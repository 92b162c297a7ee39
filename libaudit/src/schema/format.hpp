// schema/format.hpp - the formats of strings that are checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace audit::schema {

enum class Format : std::uint8_t {
  date,
  date_time,
  email,
  hostname,
  ipv4,
  ipv6,
  time,
  uri,
  uuid,
};

[[nodiscard]] std::optional<Format> find_format(std::string_view name);
[[nodiscard]] std::string_view name_of(Format format) noexcept;

// All of them, for messages.
[[nodiscard]] std::string list_of_formats();

[[nodiscard]] bool fits(Format format, std::string_view text);

}  // namespace audit::schema
