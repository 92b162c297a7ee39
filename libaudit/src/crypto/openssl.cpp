#include "crypto/openssl.hpp"

#include "base/shared_library.hpp"

namespace audit::crypto {

namespace {

OpenSsl load() {
  const base::SharedLibrary library(AUDIT_OPENSSL_LIBRARY, "OpenSSL, which hashes and signs",
                                    AUDIT_OPENSSL_PACKAGE);
  OpenSsl openssl{};
#define AUDIT_OPENSSL_FIND(name) library.find(#name, openssl.name);
  AUDIT_OPENSSL_FUNCTIONS(AUDIT_OPENSSL_FIND)
#undef AUDIT_OPENSSL_FIND
  return openssl;
}

}  // namespace

const OpenSsl& openssl() {
  static const OpenSsl loaded = load();
  return loaded;
}

}  // namespace audit::crypto
