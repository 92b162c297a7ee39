#include "crypto/ed25519.hpp"

#include <audit/error.hpp>

#include <algorithm>

#include <string.h>

#include "crypto/openssl.hpp"

namespace audit::crypto {
namespace {

[[noreturn]] void fail(const char* what) {
  openssl().ERR_clear_error();
  throw Error(ErrorCode::internal, std::string("OpenSSL cannot ") + what,
              "check the OpenSSL installation and its configuration file");
}

struct Free {
  void operator()(EVP_MD_CTX* context) const noexcept { openssl().EVP_MD_CTX_free(context); }

  void operator()(EVP_PKEY* key) const noexcept { openssl().EVP_PKEY_free(key); }

  void operator()(BIO* bio) const noexcept { openssl().BIO_free(bio); }

  void operator()(PKCS8_PRIV_KEY_INFO* info) const noexcept {
    openssl().PKCS8_PRIV_KEY_INFO_free(info);
  }

  void operator()(X509_ALGOR* algorithm) const noexcept { openssl().X509_ALGOR_free(algorithm); }

  void operator()(X509_SIG* encrypted) const noexcept { openssl().X509_SIG_free(encrypted); }
};

using Context = std::unique_ptr<EVP_MD_CTX, Free>;
using PublicKey = std::unique_ptr<EVP_PKEY, Free>;
using Bio = std::unique_ptr<BIO, Free>;
using PlainKey = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Free>;
using Algorithm = std::unique_ptr<X509_ALGOR, Free>;
using EncryptedKey = std::unique_ptr<X509_SIG, Free>;

const unsigned char* unsigned_bytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// OpenSSL would ask the terminal for a passphrase otherwise.
int give_passphrase(char* to, int room, int, void* data) {
  const auto& passphrase = *static_cast<const std::string_view*>(data);
  if (passphrase.empty() || passphrase.size() > static_cast<std::size_t>(room)) return -1;
  std::copy(passphrase.begin(), passphrase.end(), to);
  return static_cast<int>(passphrase.size());
}

// What OWASP's cheat sheet on storing passwords has for scrypt in 16 MiB: OpenSSL reads no more than 32.
constexpr std::uint64_t kScryptN = 1 << 14;
constexpr std::uint64_t kScryptR = 8;
constexpr std::uint64_t kScryptP = 5;

// What was written into a memory BIO.
std::string text_of(BIO* bio) {
  BUF_MEM* memory = nullptr;
  // What the macro BIO_get_mem_ptr does.
  if (openssl().BIO_ctrl(bio, BIO_C_GET_BUF_MEM_PTR, 0, &memory) != 1 || memory == nullptr) {
    fail("write a key");
  }
  return {memory->data, memory->length};
}

constexpr Ed25519PublicKey bytes_from_hex(const char (&hex)[65]) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  Ed25519PublicKey bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(value(hex[2 * i]) * 16 + value(hex[2 * i + 1]));
  }
  return bytes;
}

// p = 2^255 - 19 and the y coordinates (little-endian) of the eight points whose order divides 8:
// 1, -1 and 0 have order 1, 2 and 4; the two others, each other's negative, order 8.
constexpr Ed25519PublicKey kFieldPrime =
    bytes_from_hex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
constexpr std::array<Ed25519PublicKey, 5> kSmallOrderY = {
    bytes_from_hex("0000000000000000000000000000000000000000000000000000000000000000"),
    bytes_from_hex("0100000000000000000000000000000000000000000000000000000000000000"),
    bytes_from_hex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes_from_hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes_from_hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
};

}  // namespace

void wipe(std::string& secret) noexcept {
  ::explicit_bzero(secret.data(), secret.size());
  secret.clear();
}

void Ed25519Key::Free::operator()(EVP_PKEY* key) const noexcept { openssl().EVP_PKEY_free(key); }

Ed25519Key Ed25519Key::generate() {
  EVP_PKEY* key = openssl().EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (key == nullptr) fail("make an Ed25519 key");
  return Ed25519Key(key);
}

Ed25519Key Ed25519Key::from_seed(std::string_view seed) {
  EVP_PKEY* key = openssl().EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr,
                                                            unsigned_bytes(seed), seed.size());
  if (key == nullptr) fail("make an Ed25519 key of a seed");
  return Ed25519Key(key);
}

bool is_encrypted_pem(std::string_view pem) noexcept {
  return pem.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") != std::string_view::npos;
}

std::optional<Ed25519Key> Ed25519Key::from_pem(std::string_view pem, std::string_view passphrase) {
  if (pem.size() > 1 << 20) return std::nullopt;
  const Bio bio(openssl().BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) fail("read a key");
  EVP_PKEY* key =
      openssl().PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, &passphrase);
  openssl().ERR_clear_error();
  if (key == nullptr) return std::nullopt;
  Ed25519Key result(key);
  if (openssl().EVP_PKEY_is_a(key, "ED25519") != 1) return std::nullopt;
  return result;
}

std::string Ed25519Key::to_pem() const {
  const Bio bio(openssl().BIO_new(openssl().BIO_s_secmem()));
  if (!bio || openssl().PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0,
                                                      nullptr, nullptr) != 1) {
    fail("write a key");
  }
  return text_of(bio.get());
}

std::string Ed25519Key::to_pem(std::string_view passphrase) const {
  const PlainKey plain(openssl().EVP_PKEY2PKCS8(key_.get()));
  Algorithm scheme(openssl().PKCS5_pbe2_set_scrypt(openssl().EVP_aes_256_cbc(), nullptr, 0, nullptr,
                                                   kScryptN, kScryptR, kScryptP));
  if (!plain || !scheme) fail("encrypt a key");
  const EncryptedKey encrypted(openssl().PKCS8_set0_pbe(
      passphrase.data(), static_cast<int>(passphrase.size()), plain.get(), scheme.get()));
  if (!encrypted) fail("encrypt a key");
  (void)scheme.release();  // it belongs to `encrypted` now
  const Bio bio(openssl().BIO_new(openssl().BIO_s_secmem()));
  if (!bio || openssl().PEM_write_bio_PKCS8(bio.get(), encrypted.get()) != 1) fail("write a key");
  return text_of(bio.get());
}

Ed25519PublicKey Ed25519Key::public_key() const {
  Ed25519PublicKey bytes{};
  std::size_t size = bytes.size();
  if (openssl().EVP_PKEY_get_raw_public_key(key_.get(), bytes.data(), &size) != 1 ||
      size != bytes.size()) {
    fail("tell an Ed25519 key's public half");
  }
  return bytes;
}

std::string Ed25519Key::sign(std::string_view message) const {
  const Context context(openssl().EVP_MD_CTX_new());
  std::string signature(kEd25519SignatureBytes, '\0');
  std::size_t size = signature.size();
  if (!context ||
      openssl().EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      openssl().EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                               &size, unsigned_bytes(message), message.size()) != 1 ||
      size != signature.size()) {
    fail("sign");
  }
  return signature;
}

bool is_weak_key(const Ed25519PublicKey& key) noexcept {
  Ed25519PublicKey y = key;
  y.back() &= 0x7f;  // the top bit is the sign of x
  const bool reduced =
      std::lexicographical_compare(y.rbegin(), y.rend(), kFieldPrime.rbegin(), kFieldPrime.rend());
  return !reduced || std::find(kSmallOrderY.begin(), kSmallOrderY.end(), y) != kSmallOrderY.end();
}

bool ed25519_verify(const Ed25519PublicKey& key, std::string_view message,
                    std::string_view signature) {
  if (signature.size() != kEd25519SignatureBytes || is_weak_key(key)) return false;
  const PublicKey public_key(openssl().EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr,
                                                                      key.data(), key.size()));
  const Context context(openssl().EVP_MD_CTX_new());
  if (!public_key || !context ||
      openssl().EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, public_key.get()) !=
          1) {
    fail("prepare to check a signature");
  }
  const bool valid =
      openssl().EVP_DigestVerify(context.get(), unsigned_bytes(signature), signature.size(),
                                 unsigned_bytes(message), message.size()) == 1;
  if (!valid) openssl().ERR_clear_error();
  return valid;
}

}  // namespace audit::crypto
