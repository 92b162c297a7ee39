#include "base/bytes.hpp"

#include <array>
#include <cstring>

namespace audit::base {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 0xff;

// The value of each byte as a digit, kNoDigit for those that are none.
constexpr std::array<std::uint8_t, 256> digit_values(std::string_view digits) {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    values[static_cast<std::uint8_t>(digits[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr auto kBase64Values = digit_values(kBase64Digits);

constexpr std::array<std::uint8_t, 256> hex_values() {
  auto values = digit_values(kHexDigits);
  for (std::uint8_t i = 0; i < 6; ++i) {
    values[static_cast<std::size_t>('A') + i] = static_cast<std::uint8_t>(10 + i);
  }
  return values;
}

constexpr auto kHexValues = hex_values();

std::uint8_t value_of(const std::array<std::uint8_t, 256>& values, char digit) {
  return values[static_cast<std::uint8_t>(digit)];
}

// Decodes one group of `digits` (2, 3 or 4) base64 digits; false unless the bits left over are 0.
bool append_group(std::string& out, const char* group, std::size_t digits) {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::uint8_t value = i < digits ? value_of(kBase64Values, group[i]) : std::uint8_t{0};
    if (value == kNoDigit) return false;
    bits = (bits << 6) | value;
  }
  const std::size_t bytes = digits - 1;
  if ((bits & (0xffffffU >> (8 * bytes))) != 0) return false;
  for (std::size_t i = 0; i < bytes; ++i) {
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(bits >> (16 - 8 * i))));
  }
  return true;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    out.push_back(kHexDigits[byte >> 4]);
    out.push_back(kHexDigits[byte & 0x0f]);
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::uint8_t high = value_of(kHexValues, text[i]);
    const std::uint8_t low = value_of(kHexValues, text[i + 1]);
    if (high == kNoDigit || low == kNoDigit) return std::nullopt;
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(high << 4 | low)));
  }
  return out;
}

std::string to_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      bits = (bits << 8) | (j < count ? static_cast<std::uint8_t>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out.push_back(j <= count ? kBase64Digits[(bits >> (18 - 6 * j)) & 0x3f] : '=');
    }
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out;
  if (text.empty()) return out;
  out.reserve(text.size() / 4 * 3);
  std::size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  const std::size_t last = text.size() - 4;
  for (std::size_t i = 0; i < last; i += 4) {
    if (!append_group(out, text.data() + i, 4)) return std::nullopt;
  }
  if (!append_group(out, text.data() + last, 4 - padding)) return std::nullopt;
  return out;
}

std::optional<Digest> digest_from_bytes(std::string_view bytes) noexcept {
  if (bytes.size() != Digest::kSize) return std::nullopt;
  Digest digest;
  std::memcpy(digest.bytes.data(), bytes.data(), Digest::kSize);
  return digest;
}

const std::uint8_t* get_long_varint(const std::uint8_t* p, const std::uint8_t* end,
                                    std::uint64_t& value) noexcept {
  std::uint64_t result = 0;
  for (unsigned shift = 0; shift < 64 && p < end; shift += 7) {
    const std::uint64_t bits = *p & 0x7fU;
    const bool more = (*p & 0x80U) != 0;
    ++p;
    if (shift == 63 && bits > 1) return nullptr;  // beyond 64 bits
    result |= bits << shift;
    if (more) continue;
    if (bits == 0 && shift > 0) return nullptr;  // a last byte that adds nothing
    value = result;
    return p;
  }
  return nullptr;
}

}  // namespace audit::base
