// crypto/sha256.hpp - SHA-256 at the speed of OpenSSL's fetched digest and a kept context.
//
// Errors    throws Error(internal) when OpenSSL refuses (no memory, no SHA-256), configuration when
//           it is not installed
#pragma once

#include <audit/digest.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

struct evp_md_ctx_st;

namespace audit::crypto {

// One message after another: update as often as needed, finish, and on to the next.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept = default;
  Sha256& operator=(Sha256&&) noexcept = default;

  void update(const void* data, std::size_t size);

  void update(std::string_view bytes) { update(bytes.data(), bytes.size()); }

  void update(const Digest& digest) { update(digest.bytes.data(), Digest::kSize); }

  // The digest of all updates since the last finish; ready for the next message at once.
  [[nodiscard]] Digest finish();

  // One whole message.  requires nothing was updated since the last finish
  [[nodiscard]] Digest hash(const void* data, std::size_t size) {
    update(data, size);
    return finish();
  }

  [[nodiscard]] Digest hash(std::string_view bytes) { return hash(bytes.data(), bytes.size()); }

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };

  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

// This thread's own hasher. Finish what you update before calling anything else that may use it
// (sha256, leaf_hash, node_hash).
[[nodiscard]] Sha256& thread_sha256();

// One whole message, through thread_sha256.
[[nodiscard]] Digest sha256(std::string_view bytes);

}  // namespace audit::crypto
