#include "crypto/siphash.hpp"

#include <array>
#include <string>

#include <doctest/doctest.h>

namespace audit::crypto {

// The first of the 64 vectors published with SipHash-2-4: key 00..0f, message 00, 01, 02, ...
TEST_CASE("a fingerprint that is not SipHash-2-4") {
  constexpr std::array<std::uint64_t, 16> kWant{
      0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d,
      0xcf2794e0277187b7, 0x18765564cd99a68d, 0xcbc9466e58fee3ce, 0xab0200f58b01d137,
      0x93f5f5799a932462, 0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
      0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee, 0xa129ca6149be45e5};
  const SipKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  std::string message;
  for (std::size_t length = 0; length < kWant.size(); ++length) {
    CHECK(siphash(key, message) == kWant[length]);
    message.push_back(static_cast<char>(length));
  }
}

}  // namespace audit::crypto
