// crypto/timestamp.hpp - time stamps (RFC 3161): the query, and whether an answer holds.
//
// Errors    throws configuration when OpenSSL is not installed, or where what is to be trusted holds no
//           certificate; that an answer does not hold is a value
// Threads   safe to call from any
// Source    RFC 3161, RFC 5816; decision 19
#pragma once

#include <audit/digest.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace audit::crypto {

// What an authority signed.
struct StampFacts {
  Digest imprint;            // SHA-256
  std::int64_t seconds = 0;  // since 1970-01-01T00:00:00Z; a fraction is cut off
  std::string authority;  // the subject of the certificate that signed (RFC 2253), UTF-8, at most
                          // 256 bytes; anybody's words: escape them
};

// The query, DER: version 1, this imprint, a random nonce of 64 bits, the certificate is asked for.
[[nodiscard]] std::string stamp_query(const Digest& imprint);

// Checks an answer, DER: granted, one signature, over a SHA-2 or SHA-3 digest, by a certificate that is
// in the answer, that the signature itself names, that was valid then, and that is for time stamps and
// nothing else. Whether it was revoked is not checked.
//   trusted   certificates, PEM, to one of which the one that signed must lead; empty: whoever signed
//   returns   or why not: what follows "is no time stamp that counts: "
//   throws    configuration where `trusted` holds no certificate
[[nodiscard]] tl::expected<StampFacts, std::string> check_stamp(std::string_view answer,
                                                                std::string_view trusted);

}  // namespace audit::crypto
