// base/tar.hpp - a tar archive in exactly one spelling: POSIX ustar, regular files, one time for all.
//
// Because there is one header for a name, a size and a time, a reader makes it anew and compares: what
// another program would skip, guess or repair is refused. That is why no library reads it.
//
// Format   audit-bundle(5), "THE ARCHIVE"; IEEE Std 1003.1, pax, "ustar Interchange Format"
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace audit::base {

inline constexpr std::size_t kTarBlock = 512;
inline constexpr std::size_t kMaxTarName = 99;
// What fits eleven octal digits.
inline constexpr std::uint64_t kMaxTarNumber = (std::uint64_t{1} << 33) - 1;

struct TarMember {
  std::string name;  // plain ASCII, no folder
  std::uint64_t bytes = 0;
  std::uint64_t seconds = 0;  // since 1970: when it was last changed

  friend bool operator==(const TarMember&, const TarMember&) = default;
};

// The block before the content: mode 0644, owner 0, nobody's name.
//   requires  name of 1 to kMaxTarName bytes; numbers at most kMaxTarNumber
[[nodiscard]] std::string tar_header(const TarMember& member);

// Nothing for a block that tar_header would not have made.
//   requires  block has kTarBlock bytes
[[nodiscard]] std::optional<TarMember> read_tar_header(std::string_view block);

// Zero bytes behind the content, up to the next block.
[[nodiscard]] constexpr std::size_t tar_padding(std::uint64_t bytes) noexcept {
  return static_cast<std::size_t>((kTarBlock - bytes % kTarBlock) % kTarBlock);
}

// Behind the last member.
[[nodiscard]] inline std::string tar_end() { return std::string(2 * kTarBlock, '\0'); }

}  // namespace audit::base
