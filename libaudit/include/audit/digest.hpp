// audit/digest.hpp - a SHA-256 value and its two text forms.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace audit {

// 32 bytes of SHA-256. Default: all zero.
struct Digest {
  static constexpr std::size_t kSize = 32;

  std::array<std::uint8_t, kSize> bytes{};

  friend auto operator<=>(const Digest&, const Digest&) = default;
};

// 64 lower-case hexadecimal digits.
[[nodiscard]] std::string to_hex(const Digest& digest);

// 44 characters, RFC 4648 section 4, padded.
[[nodiscard]] std::string to_base64(const Digest& digest);

// Exactly 64 hexadecimal digits of either case, else nothing.
[[nodiscard]] std::optional<Digest> digest_from_hex(std::string_view text);

// Exactly 44 canonical base64 characters (zero trailing bits), else nothing.
[[nodiscard]] std::optional<Digest> digest_from_base64(std::string_view text);

}  // namespace audit
