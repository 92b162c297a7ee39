#include "crypto/timestamp.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <optional>
#include <utility>

#include <openssl/ts.h>

#include "base/bytes.hpp"
#include "base/shared_library.hpp"
#include "base/text.hpp"
#include "crypto/openssl.hpp"
#include "crypto/random.hpp"

// What is used of libcrypto for this alone.
#define AUDIT_TS_FUNCTIONS(F)         \
  F(ASN1_STRING_get0_data)            \
  F(ASN1_STRING_length)               \
  F(ASN1_TIME_to_tm)                  \
  F(BIO_s_mem)                        \
  F(ERR_get_error_all)                \
  F(OBJ_obj2nid)                      \
  F(OPENSSL_sk_free)                  \
  F(OPENSSL_sk_num)                   \
  F(OPENSSL_sk_value)                 \
  F(PEM_read_bio_X509)                \
  F(PKCS7_get0_signers)               \
  F(TS_MSG_IMPRINT_get_algo)          \
  F(TS_MSG_IMPRINT_get_msg)           \
  F(TS_RESP_free)                     \
  F(TS_RESP_get_token)                \
  F(TS_RESP_get_tst_info)             \
  F(TS_RESP_verify_response)          \
  F(TS_TST_INFO_get_ext_by_critical)  \
  F(TS_TST_INFO_get_msg_imprint)      \
  F(TS_TST_INFO_get_time)             \
  F(TS_VERIFY_CTX_free)               \
  F(TS_VERIFY_CTX_new)                \
  F(TS_VERIFY_CTX_set_flags)          \
  F(TS_VERIFY_CTX_set_store)          \
  F(X509_ALGOR_get0)                  \
  F(X509_NAME_print_ex)               \
  F(X509_STORE_add_cert)              \
  F(X509_STORE_free)                  \
  F(X509_STORE_get0_param)            \
  F(X509_STORE_new)                   \
  F(X509_VERIFY_PARAM_set_auth_level) \
  F(X509_VERIFY_PARAM_set_flags)      \
  F(X509_VERIFY_PARAM_set_time)       \
  F(X509_check_issued)                \
  F(X509_free)                        \
  F(X509_get_subject_name)            \
  F(d2i_TS_RESP)

namespace audit::crypto {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t kNonceBytes = 8;
constexpr std::size_t kMaxNameBytes = 256;
constexpr int kSecurityLevel = 1;                    // of certificates: 80 bits, so no SHA-1
constexpr std::int64_t kLastSecond = 9'000'000'000;  // in 2255: Timestamp ends in 2262

struct TimeStamps {
#define AUDIT_TS_MEMBER(name) decltype(&::name) name;
  AUDIT_TS_FUNCTIONS(AUDIT_TS_MEMBER)
#undef AUDIT_TS_MEMBER
};

TimeStamps load() {
  const base::SharedLibrary library(AUDIT_OPENSSL_LIBRARY, "OpenSSL, which checks time stamps",
                                    AUDIT_OPENSSL_PACKAGE);
  TimeStamps found{};
#define AUDIT_TS_FIND(name) library.find(#name, found.name);
  AUDIT_TS_FUNCTIONS(AUDIT_TS_FIND)
#undef AUDIT_TS_FIND
  return found;
}

const TimeStamps& ts() {
  static const TimeStamps loaded = load();
  return loaded;
}

struct Free {
  void operator()(BIO* bio) const noexcept { openssl().BIO_free(bio); }

  void operator()(TS_RESP* response) const noexcept { ts().TS_RESP_free(response); }

  void operator()(TS_VERIFY_CTX* context) const noexcept { ts().TS_VERIFY_CTX_free(context); }

  void operator()(X509* certificate) const noexcept { ts().X509_free(certificate); }

  void operator()(X509_STORE* store) const noexcept { ts().X509_STORE_free(store); }

  void operator()(OPENSSL_STACK* stack) const noexcept { ts().OPENSSL_sk_free(stack); }
};

template <class Type>
using Owned = std::unique_ptr<Type, Free>;

using Response = Owned<TS_RESP>;
using Store = Owned<X509_STORE>;

template <class Stack>
int count_of(const Stack* stack) {
  // -1 where there is none.
  return ts().OPENSSL_sk_num(reinterpret_cast<const OPENSSL_STACK*>(stack));
}

template <class Type, class Stack>
Type* element(const Stack* stack, int i) {
  return static_cast<Type*>(
      ts().OPENSSL_sk_value(reinterpret_cast<const OPENSSL_STACK*>(stack), i));
}

[[noreturn]] void fail(const char* what) {
  openssl().ERR_clear_error();
  throw Error(ErrorCode::internal, std::string("OpenSSL cannot ") + what);
}

// What OpenSSL says of its last error, and forgets.
std::string reason() {
  std::string text;
  const char* data = nullptr;
  int flags = 0;
  while (const unsigned long code =
             ts().ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
    const char* const what = openssl().ERR_reason_error_string(code);
    text = what != nullptr ? what : "no reason is given";
    // Where a certificate is at fault, the text behind says why.
    if ((flags & ERR_TXT_STRING) != 0 && data != nullptr && *data != '\0') {
      text.append(": ").append(data);
    }
  }
  openssl().ERR_clear_error();
  if (!base::is_utf8(text)) text = "no reason that can be told";
  return text.empty() ? "no reason is given" : text;
}

int id_of(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  ts().X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  return ts().OBJ_obj2nid(object);
}

Response parse(std::string_view answer) {
  const auto* at = reinterpret_cast<const unsigned char*>(answer.data());
  const auto* const end = at + answer.size();
  Response response(ts().d2i_TS_RESP(nullptr, &at, static_cast<long>(answer.size())));
  openssl().ERR_clear_error();
  if (at != end) response.reset();
  return response;
}

// The signed data of an answer that was granted; nothing where there is none.
const PKCS7_SIGNED* signed_data(TS_RESP* response) {
  const PKCS7* const token = ts().TS_RESP_get_token(response);
  if (token == nullptr || ts().OBJ_obj2nid(token->type) != NID_pkcs7_signed) return nullptr;
  return token->d.sign;
}

std::optional<std::int64_t> seconds_of(TS_TST_INFO* info) {
  std::tm parts{};
  const ASN1_GENERALIZEDTIME* const time = ts().TS_TST_INFO_get_time(info);
  if (time == nullptr || ts().ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  const std::int64_t seconds = ::timegm(&parts);
  if (seconds < 0 || seconds > kLastSecond) return std::nullopt;
  return seconds;
}

std::optional<Digest> imprint_of(TS_TST_INFO* info) {
  TS_MSG_IMPRINT* const imprint = ts().TS_TST_INFO_get_msg_imprint(info);
  if (imprint == nullptr || id_of(ts().TS_MSG_IMPRINT_get_algo(imprint)) != NID_sha256) {
    return std::nullopt;
  }
  const ASN1_OCTET_STRING* const bytes = ts().TS_MSG_IMPRINT_get_msg(imprint);
  Digest digest;
  if (std::cmp_not_equal(ts().ASN1_STRING_length(bytes), digest.bytes.size())) return std::nullopt;
  std::copy_n(ts().ASN1_STRING_get0_data(bytes), digest.bytes.size(), digest.bytes.begin());
  return digest;
}

void add(const Store& store, X509* certificate) {
  if (ts().X509_STORE_add_cert(store.get(), certificate) != 1) fail("take a certificate");
}

void add_trusted(const Store& store, std::string_view pem) {
  const Owned<BIO> bio(openssl().BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) fail("read certificates");
  int count = 0;
  while (
      const Owned<X509> certificate{ts().PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    add(store, certificate.get());
    ++count;
  }
  openssl().ERR_clear_error();
  if (count == 0) {
    throw Error(ErrorCode::configuration, "there is no certificate in what is to be trusted",
                "it is PEM: the certificate of the time-stamping authority's root, or its own");
  }
}

// Where nobody is trusted: those of the answer's own certificates that no other one of them issued, so
// that everything else about the one that signed is checked in the same way.
void add_own(const Store& store, const PKCS7_SIGNED& data) {
  const int count = count_of(data.cert);
  for (int i = 0; i < count; ++i) {
    auto* const one = element<X509>(data.cert, i);
    bool has_issuer = false;
    for (int j = 0; j < count && !has_issuer; ++j) {
      has_issuer = i != j && ts().X509_check_issued(element<X509>(data.cert, j), one) == X509_V_OK;
    }
    if (!has_issuer) add(store, one);
  }
}

Store trust(std::string_view pem, const PKCS7_SIGNED& data, std::int64_t seconds) {
  Store store(ts().X509_STORE_new());
  if (!store) fail("judge certificates");
  if (pem.empty()) {
    add_own(store, data);
  } else {
    add_trusted(store, pem);
  }
  X509_VERIFY_PARAM* const how = ts().X509_STORE_get0_param(store.get());
  ts().X509_VERIFY_PARAM_set_time(how, seconds);
  ts().X509_VERIFY_PARAM_set_flags(how, X509_V_FLAG_PARTIAL_CHAIN);
  ts().X509_VERIFY_PARAM_set_auth_level(how, kSecurityLevel);
  return store;
}

// Whether the digest that was signed is one that nobody can make two texts for.
bool has_strong_digest(const PKCS7_SIGNED& data) {
  constexpr std::array kStrong = {NID_sha256,   NID_sha384,   NID_sha512,
                                  NID_sha3_256, NID_sha3_384, NID_sha3_512};
  const int count = count_of(data.signer_info);
  for (int i = 0; i < count; ++i) {
    const int id = id_of(element<PKCS7_SIGNER_INFO>(data.signer_info, i)->digest_alg);
    if (std::find(kStrong.begin(), kStrong.end(), id) == kStrong.end()) return false;
  }
  return count > 0;
}

std::string subject_of(X509* certificate) {
  const Owned<BIO> bio(openssl().BIO_new(ts().BIO_s_mem()));
  // Letters beyond ASCII as UTF-8, control characters escaped.
  constexpr unsigned long kForm =
      XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  BUF_MEM* memory = nullptr;
  if (!bio ||
      ts().X509_NAME_print_ex(bio.get(), ts().X509_get_subject_name(certificate), 0, kForm) < 0 ||
      openssl().BIO_ctrl(bio.get(), BIO_C_GET_BUF_MEM_PTR, 0, &memory) != 1) {
    openssl().ERR_clear_error();
    return {};
  }
  std::string name(memory->data, memory->length);
  if (!base::is_utf8(name)) return {};
  if (name.size() <= kMaxNameBytes) return name;
  std::size_t end = kMaxNameBytes - 3;
  while ((static_cast<unsigned char>(name[end]) & 0xc0U) == 0x80U) --end;  // not within a letter
  return name.substr(0, end) + "...";
}

// Of the one that signed; requires that the signature was checked.
std::string signer_of(TS_RESP* response) {
  const Owned<OPENSSL_STACK> signers(reinterpret_cast<OPENSSL_STACK*>(
      ts().PKCS7_get0_signers(ts().TS_RESP_get_token(response), nullptr, 0)));
  std::string name;
  if (count_of(signers.get()) == 1) name = subject_of(element<X509>(signers.get(), 0));
  openssl().ERR_clear_error();
  return name.empty() ? "somebody without a name" : name;
}

}  // namespace

std::string stamp_query(const Digest& imprint) {
  // SEQUENCE { INTEGER 1, SEQUENCE { SEQUENCE { sha256, NULL }, OCTET STRING }, INTEGER, BOOLEAN }:
  // everything has one length.
  std::string query(
      "\x30\x43\x02\x01\x01\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
      "\x05\x00\x04\x20"sv);
  query += base::bytes_of(imprint);
  std::array<unsigned char, kNonceBytes> nonce{};
  random_bytes(nonce.data(), nonce.size());
  nonce[0] = static_cast<unsigned char>((nonce[0] & 0x3fU) | 0x40U);  // positive, and never shorter
  query += "\x02\x08"sv;
  query.append(nonce.begin(), nonce.end());
  query += "\x01\x01\xff"sv;
  return query;
}

tl::expected<StampFacts, std::string> check_stamp(std::string_view answer,
                                                  std::string_view trusted) {
  // Whom to trust is the caller's to say rightly, whatever the answer is worth.
  if (!trusted.empty()) add_trusted(Store(ts().X509_STORE_new()), trusted);
  const Response response = parse(answer);
  if (!response) return tl::make_unexpected("it is no answer in DER (RFC 3161)");
  TS_TST_INFO* const info = ts().TS_RESP_get_tst_info(response.get());
  const PKCS7_SIGNED* const data = signed_data(response.get());
  if (info == nullptr || data == nullptr) {
    return tl::make_unexpected("the authority did not grant one");
  }
  const std::optional<Digest> imprint = imprint_of(info);
  if (!imprint) return tl::make_unexpected("its imprint is not one of SHA-256");
  const std::optional<std::int64_t> seconds = seconds_of(info);
  if (!seconds) return tl::make_unexpected("its time is none between 1970 and 2255");
  if (ts().TS_TST_INFO_get_ext_by_critical(info, 1, -1) >= 0) {
    return tl::make_unexpected("it has a critical extension, which is not known here");
  }
  if (!has_strong_digest(*data)) {
    return tl::make_unexpected("what was signed is not a digest of SHA-2 or SHA-3");
  }
  const Owned<TS_VERIFY_CTX> context(ts().TS_VERIFY_CTX_new());
  if (!context) fail("check a time stamp");
  ts().TS_VERIFY_CTX_set_flags(context.get(), TS_VFY_VERSION | TS_VFY_SIGNER | TS_VFY_SIGNATURE);
  ts().TS_VERIFY_CTX_set_store(context.get(), trust(trusted, *data, *seconds).release());
  if (ts().TS_RESP_verify_response(context.get(), response.get()) != 1) {
    return tl::make_unexpected(reason());
  }
  return StampFacts{*imprint, *seconds, signer_of(response.get())};
}

}  // namespace audit::crypto
