// crypto/ed25519.hpp - Ed25519 (RFC 8032) over OpenSSL.
//
// Threads   a key may be used by several threads at once
// Errors    throws Error(internal) when OpenSSL fails where it must not, configuration when it is not
//           installed
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace audit::crypto {

using Ed25519PublicKey = std::array<std::uint8_t, 32>;

inline constexpr std::size_t kEd25519SeedBytes = 32;
inline constexpr std::size_t kEd25519SignatureBytes = 64;

// Overwrites secret bytes in a way the compiler cannot leave out, and empties the text.
void wipe(std::string& secret) noexcept;

// OpenSSL takes no longer ones.
inline constexpr std::size_t kMaxPassphraseBytes = 1024;

// True for PEM that wants a passphrase.
[[nodiscard]] bool is_encrypted_pem(std::string_view pem) noexcept;

// A private key; OpenSSL clears its bytes when it is destroyed.
class Ed25519Key {
 public:
  [[nodiscard]] static Ed25519Key generate();
  //   requires  seed.size() == 32
  [[nodiscard]] static Ed25519Key from_seed(std::string_view seed);
  // Nothing when `pem` holds no Ed25519 private key, or one that the passphrase does not open. Never
  // asks for a passphrase.
  [[nodiscard]] static std::optional<Ed25519Key> from_pem(std::string_view pem,
                                                          std::string_view passphrase = {});

  // PKCS#8, unencrypted; secret: wipe() it.
  [[nodiscard]] std::string to_pem() const;
  // PKCS#8, encrypted: PBES2 with scrypt and AES-256-CBC.
  //   requires  1 to kMaxPassphraseBytes
  [[nodiscard]] std::string to_pem(std::string_view passphrase) const;

  [[nodiscard]] Ed25519PublicKey public_key() const;

  // 64 bytes.
  [[nodiscard]] std::string sign(std::string_view message) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const noexcept;
  };

  explicit Ed25519Key(evp_pkey_st* key) noexcept : key_(key) {}

  std::unique_ptr<evp_pkey_st, Free> key_;
};

// True for a key no honest signer has: of small order (it would "verify" what nobody signed), or
// with a y coordinate that is not reduced.
[[nodiscard]] bool is_weak_key(const Ed25519PublicKey& key) noexcept;

// The check of RFC 8032 section 5.1.7 without the cofactor: S < L, and R compared as bytes. Never
// true for a weak key or a signature that is not 64 bytes.
[[nodiscard]] bool ed25519_verify(const Ed25519PublicKey& key, std::string_view message,
                                  std::string_view signature);

}  // namespace audit::crypto
