// base/bytes.hpp - bytes as text (hex, base64) and integers as bytes (big-endian, LEB128).
#pragma once

#include <audit/digest.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace audit::base {

// Lower-case hexadecimal, two digits a byte.
[[nodiscard]] std::string to_hex(std::string_view bytes);

// An even number of hexadecimal digits of either case, else nothing.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);

// RFC 4648 section 4: '+' and '/', padded with '='.
[[nodiscard]] std::string to_base64(std::string_view bytes);

// Only what to_base64 writes: canonical padding, zero trailing bits, no white space; else nothing.
// So two different texts never decode to the same bytes.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

// The 32 bytes of a digest; the view lives as long as the digest.
[[nodiscard]] inline std::string_view bytes_of(const Digest& digest) noexcept {
  return {reinterpret_cast<const char*>(digest.bytes.data()), Digest::kSize};
}

std::string_view bytes_of(Digest&&) = delete;

// Exactly 32 bytes, else nothing.
[[nodiscard]] std::optional<Digest> digest_from_bytes(std::string_view bytes) noexcept;

// Big-endian, to and from memory of any alignment.
inline void store_be16(void* to, std::uint16_t value) noexcept {
  value = __builtin_bswap16(value);
  __builtin_memcpy(to, &value, sizeof value);
}

inline void store_be32(void* to, std::uint32_t value) noexcept {
  value = __builtin_bswap32(value);
  __builtin_memcpy(to, &value, sizeof value);
}

inline void store_be64(void* to, std::uint64_t value) noexcept {
  value = __builtin_bswap64(value);
  __builtin_memcpy(to, &value, sizeof value);
}

[[nodiscard]] inline std::uint16_t load_be16(const void* from) noexcept {
  std::uint16_t value;
  __builtin_memcpy(&value, from, sizeof value);
  return __builtin_bswap16(value);
}

[[nodiscard]] inline std::uint32_t load_be32(const void* from) noexcept {
  std::uint32_t value;
  __builtin_memcpy(&value, from, sizeof value);
  return __builtin_bswap32(value);
}

[[nodiscard]] inline std::uint64_t load_be64(const void* from) noexcept {
  std::uint64_t value;
  __builtin_memcpy(&value, from, sizeof value);
  return __builtin_bswap64(value);
}

// Big-endian, appended.
inline void put_be16(std::string& out, std::uint16_t value) {
  char bytes[sizeof value];
  store_be16(bytes, value);
  out.append(bytes, sizeof bytes);
}

inline void put_be32(std::string& out, std::uint32_t value) {
  char bytes[sizeof value];
  store_be32(bytes, value);
  out.append(bytes, sizeof bytes);
}

inline void put_be64(std::string& out, std::uint64_t value) {
  char bytes[sizeof value];
  store_be64(bytes, value);
  out.append(bytes, sizeof bytes);
}

// The longest LEB128 form of 64 bits.
inline constexpr std::size_t kMaxVarintBytes = 10;

// Appends the shortest LEB128 form: seven bits a byte, lowest first, high bit = more follow.
inline void put_varint(std::string& out, std::uint64_t value) {
  char bytes[kMaxVarintBytes];
  std::size_t length = 0;
  while (value >= 0x80) {
    bytes[length++] = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  bytes[length++] = static_cast<char>(value);
  out.append(bytes, length);
}

// get_varint for two bytes and more.
[[nodiscard]] const std::uint8_t* get_long_varint(const std::uint8_t* p, const std::uint8_t* end,
                                                  std::uint64_t& value) noexcept;

// Reads one varint of [p, end) into `value` and returns the byte after it, or nullptr when it runs
// past `end`, does not fit 64 bits or is longer than put_varint would make it.
[[nodiscard]] inline const std::uint8_t* get_varint(const std::uint8_t* p, const std::uint8_t* end,
                                                    std::uint64_t& value) noexcept {
  if (p < end && *p < 0x80) {
    value = *p;
    return p + 1;
  }
  if (end - p >= 3) {  // nearly all others are of two bytes or three
    const std::uint64_t low = (*p & 0x7fU) | std::uint64_t{p[1] & 0x7fU} << 7;
    if (p[1] < 0x80 && p[1] != 0) {
      value = low;
      return p + 2;
    }
    if (p[1] >= 0x80 && p[2] < 0x80 && p[2] != 0) {
      value = low | std::uint64_t{p[2]} << 14;
      return p + 3;
    }
  }
  return get_long_varint(p, end, value);
}

}  // namespace audit::base
