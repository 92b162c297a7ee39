#include "crypto/sha256.hpp"

#include <audit/error.hpp>

#include "crypto/openssl.hpp"

namespace audit::crypto {
namespace {

[[noreturn]] void fail() {
  throw Error(ErrorCode::internal, "OpenSSL cannot compute SHA-256",
              "check the OpenSSL installation and its configuration file");
}

// Fetched once and kept until the process ends: a fetch per message costs a lock and a search.
const EVP_MD* fetched_sha256() {
  static const EVP_MD* const md = openssl().EVP_MD_fetch(nullptr, "SHA256", nullptr);
  if (md == nullptr) fail();
  return md;
}

}  // namespace

void Sha256::Free::operator()(EVP_MD_CTX* context) const noexcept {
  openssl().EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(openssl().EVP_MD_CTX_new()) {
  if (!context_ || openssl().EVP_DigestInit_ex2(context_.get(), fetched_sha256(), nullptr) != 1)
    fail();
}

void Sha256::update(const void* data, std::size_t size) {
  if (openssl().EVP_DigestUpdate(context_.get(), data, size) != 1) fail();
}

Digest Sha256::finish() {
  Digest digest;
  // A null type starts the next message with the digest the context already has.
  if (openssl().EVP_DigestFinal_ex(context_.get(), digest.bytes.data(), nullptr) != 1 ||
      openssl().EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) != 1) {
    fail();
  }
  return digest;
}

Sha256& thread_sha256() {
  thread_local Sha256 hasher;
  return hasher;
}

Digest sha256(std::string_view bytes) { return thread_sha256().hash(bytes); }

}  // namespace audit::crypto
