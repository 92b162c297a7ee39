// crypto/siphash.hpp - SipHash-2-4 (Aumasson, Bernstein): a keyed 64-bit hash for short inputs that
// an attacker may choose. Not a signature; used for fingerprints and multiset sums.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace audit::crypto {

struct SipKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
};

[[nodiscard]] std::uint64_t siphash(const SipKey& key, std::string_view bytes) noexcept;

}  // namespace audit::crypto
