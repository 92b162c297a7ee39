#include <audit/digest.hpp>

#include "base/bytes.hpp"

namespace audit {

std::string to_hex(const Digest& digest) { return base::to_hex(base::bytes_of(digest)); }

std::string to_base64(const Digest& digest) { return base::to_base64(base::bytes_of(digest)); }

std::optional<Digest> digest_from_hex(std::string_view text) {
  if (text.size() != 2 * Digest::kSize) return std::nullopt;
  const auto bytes = base::from_hex(text);
  return bytes ? base::digest_from_bytes(*bytes) : std::nullopt;
}

std::optional<Digest> digest_from_base64(std::string_view text) {
  constexpr std::size_t kBase64Size = 44;
  if (text.size() != kBase64Size) return std::nullopt;
  const auto bytes = base::from_base64(text);
  return bytes ? base::digest_from_bytes(*bytes) : std::nullopt;
}

}  // namespace audit
