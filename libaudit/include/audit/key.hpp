// audit/key.hpp - Ed25519 keys: the one that signs heads, and the text that names it.
//
// Format    private: PKCS#8 PEM, encrypted or not, mode 0600; public: verifier key text "name+keyid+base64"
//           (c2sp.org/signed-note)
// Threads   immutable after construction; may be shared
#pragma once

#include <audit/error.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace audit {

// A public key with the name it signs under.
struct VerifyKey {
  std::string name;
  std::uint8_t type = 1;  // 1 Ed25519 over the text, 4 timestamped Ed25519 cosignature
  std::array<std::uint8_t, 32> key{};

  // The first four bytes of SHA-256(name, LF, type, key).
  [[nodiscard]] std::array<std::uint8_t, 4> id() const;
  // "name+530d903a+AekyeR..."
  [[nodiscard]] std::string text() const;

  friend bool operator==(const VerifyKey&, const VerifyKey&) = default;
};

// Reads a verifier key text; recomputes its id, refuses unknown types and small-order keys.
[[nodiscard]] Parsed<VerifyKey> parse_verify_key(std::string_view text);

// The verifier keys of a text file, one a line; blank lines and lines beginning '#' are skipped.
//   throws    not_found, permission, io; configuration for a line that is not a verifier key
[[nodiscard]] std::vector<VerifyKey> read_verify_keys(const std::filesystem::path& file);

// True when `signature` (64 bytes) is `key`'s over `message`, whatever the key's type.
// RFC 8032 with S < L and without the cofactor, as OpenSSL does; never true for a key of small
// order.
[[nodiscard]] bool check_signature(const VerifyKey& key, std::string_view message,
                                   std::string_view signature);

// True when nobody but its owner may read, write or run the file.
//   throws    not_found, permission, io
[[nodiscard]] bool key_file_is_private(const std::filesystem::path& file);

// True when the file holds a private key that wants a passphrase.
//   throws    not_found, permission, io; limit above 64 KiB
[[nodiscard]] bool key_file_is_encrypted(const std::filesystem::path& file);

// Gives the passphrase of an encrypted key file, 1 to 1,024 bytes; empty: there is none. The library
// wipes what it was given once it has used it. It may be asked again, when the file has changed.
using AskPassphrase = std::function<std::string(const std::filesystem::path& file)>;

// A private key. Moves, never copies; forgets its bytes when destroyed.
class SigningKey {
 public:
  // A new key from the system's random generator. For all three: the name is not empty and has no
  // white space and no '+'.
  //   throws    invalid_argument for such a name
  [[nodiscard]] static SigningKey generate(std::string name);

  // From an RFC 8032 seed.
  //   throws    invalid_argument unless it has 32 bytes
  [[nodiscard]] static SigningKey from_seed(std::string name, std::string_view seed);

  // Reads a PEM file.
  //   passphrase  asked if the key is encrypted
  //   throws      not_found, permission, io; limit above 64 KiB; configuration if it is not an
  //               Ed25519 private key, or an encrypted one that no passphrase opens
  [[nodiscard]] static SigningKey read(const std::filesystem::path& file, std::string name,
                                       const AskPassphrase& passphrase = {});

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  // Writes a new PEM file of mode 0600 and syncs it and its folder; never overwrites.
  //   passphrase  asked if it is not empty: the key is encrypted with it (PBES2, scrypt, AES-256-CBC)
  //   throws      already_exists, permission, io; configuration if there is none, or it is too long
  void write(const std::filesystem::path& file, const AskPassphrase& passphrase = {}) const;

  [[nodiscard]] const VerifyKey& verify_key() const noexcept;

  // 64 bytes.
  [[nodiscard]] std::string sign(std::string_view message) const;

 private:
  struct Impl;
  explicit SigningKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace audit
