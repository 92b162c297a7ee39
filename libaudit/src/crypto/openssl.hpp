// crypto/openssl.hpp - OpenSSL's libcrypto, loaded when something is first hashed or signed.
//
// A search hashes nothing, and libcrypto is most of what the program would otherwise load.
//
// Errors    throws configuration when the library is not installed or lacks a function
// Threads   safe to call from any
// Source    decision 7
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

// What is used of it.
#define AUDIT_OPENSSL_FUNCTIONS(F)   \
  F(BIO_ctrl)                        \
  F(BIO_free)                        \
  F(BIO_new)                         \
  F(BIO_new_mem_buf)                 \
  F(BIO_s_secmem)                    \
  F(ERR_clear_error)                 \
  F(ERR_get_error)                   \
  F(ERR_reason_error_string)         \
  F(EVP_aes_256_cbc)                 \
  F(EVP_DigestFinal_ex)              \
  F(EVP_DigestInit_ex2)              \
  F(EVP_DigestSign)                  \
  F(EVP_DigestSignInit)              \
  F(EVP_DigestUpdate)                \
  F(EVP_DigestVerify)                \
  F(EVP_DigestVerifyInit)            \
  F(EVP_MD_CTX_free)                 \
  F(EVP_MD_CTX_new)                  \
  F(EVP_MD_fetch)                    \
  F(EVP_PKEY2PKCS8)                  \
  F(EVP_PKEY_Q_keygen)               \
  F(EVP_PKEY_free)                   \
  F(EVP_PKEY_get_raw_public_key)     \
  F(EVP_PKEY_is_a)                   \
  F(EVP_PKEY_new_raw_private_key_ex) \
  F(EVP_PKEY_new_raw_public_key_ex)  \
  F(PEM_read_bio_PrivateKey)         \
  F(PEM_write_bio_PKCS8)             \
  F(PEM_write_bio_PKCS8PrivateKey)   \
  F(PKCS5_pbe2_set_scrypt)           \
  F(PKCS8_PRIV_KEY_INFO_free)        \
  F(PKCS8_set0_pbe)                  \
  F(RAND_bytes)                      \
  F(X509_ALGOR_free)                 \
  F(X509_SIG_free)

namespace audit::crypto {

struct OpenSsl {
#define AUDIT_OPENSSL_MEMBER(name) decltype(&::name) name;
  AUDIT_OPENSSL_FUNCTIONS(AUDIT_OPENSSL_MEMBER)
#undef AUDIT_OPENSSL_MEMBER
};

// The library, for as long as the process lives.
[[nodiscard]] const OpenSsl& openssl();

}  // namespace audit::crypto
