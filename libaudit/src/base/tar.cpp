#include "base/tar.hpp"

#include <algorithm>
#include <numeric>

namespace audit::base {

namespace {

// Where a header has what, in bytes.
constexpr std::size_t kSize = 124;
constexpr std::size_t kTime = 136;
constexpr std::size_t kSum = 148;
constexpr std::size_t kSumBytes = 8;
constexpr std::size_t kNumberDigits = 11;

void put(std::string& block, std::size_t at, std::string_view text) {
  std::copy(text.begin(), text.end(), block.begin() + static_cast<std::ptrdiff_t>(at));
}

std::string octal(std::uint64_t number, std::size_t digits) {
  std::string text(digits, '0');
  for (std::size_t i = digits; i-- > 0; number >>= 3)
    text[i] = static_cast<char>('0' + (number & 7));
  return text;
}

std::optional<std::uint64_t> read_octal(std::string_view digits) {
  std::uint64_t number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '7') return std::nullopt;
    number = number << 3 | static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

}  // namespace

std::string tar_header(const TarMember& member) {
  std::string block(kTarBlock, '\0');
  put(block, 0, member.name);
  put(block, 100, "0000644");
  put(block, 108, "0000000");  // owner
  put(block, 116, "0000000");  // group
  put(block, kSize, octal(member.bytes, kNumberDigits));
  put(block, kTime, octal(member.seconds, kNumberDigits));
  put(block, kSum, std::string(kSumBytes, ' '));  // as which it is summed
  put(block, 156, "0");                           // a regular file
  put(block, 257, "ustar");
  put(block, 263, "00");
  put(block, 329, "0000000");  // numbers of a device
  put(block, 337, "0000000");
  const auto sum = std::accumulate(
      block.begin(), block.end(), std::uint64_t{0},
      [](std::uint64_t all, char c) { return all + static_cast<unsigned char>(c); });
  put(block, kSum, octal(sum, 6));
  block[kSum + 6] = '\0';
  return block;
}

std::optional<TarMember> read_tar_header(std::string_view block) {
  const std::string_view name = block.substr(0, std::min(block.find('\0'), kMaxTarName + 1));
  const auto bytes = read_octal(block.substr(kSize, kNumberDigits));
  const auto seconds = read_octal(block.substr(kTime, kNumberDigits));
  if (name.empty() || name.size() > kMaxTarName || !bytes || !seconds) return std::nullopt;
  TarMember member{std::string(name), *bytes, *seconds};
  if (tar_header(member) != block) return std::nullopt;
  return member;
}

}  // namespace audit::base
