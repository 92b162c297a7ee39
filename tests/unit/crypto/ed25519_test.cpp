#include "crypto/ed25519.hpp"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>
#include <openssl/evp.h>

#include "base/bytes.hpp"

namespace audit::crypto {
namespace {

std::string bytes(std::string_view hex) { return base::from_hex(hex).value(); }

Ed25519PublicKey public_key(std::string_view hex) {
  const std::string raw = bytes(hex);
  Ed25519PublicKey key{};
  REQUIRE(raw.size() == key.size());
  std::copy(raw.begin(), raw.end(), key.begin());
  return key;
}

struct Vector {
  const char* seed;
  const char* key;
  const char* message;
  const char* signature;
};

// RFC 8032, section 7.1, tests 1 to 3.
const Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "4"
     "6bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6"
     "594a7c15e9716ed28dc027beceea1ec40a"},
};

TEST_CASE("keys and signatures are those of RFC 8032") {
  for (const Vector& vector : kVectors) {
    const Ed25519Key key = Ed25519Key::from_seed(bytes(vector.seed));
    CHECK(key.public_key() == public_key(vector.key));
    CHECK(base::to_hex(key.sign(bytes(vector.message))) == vector.signature);
    CHECK(ed25519_verify(key.public_key(), bytes(vector.message), bytes(vector.signature)));
  }
}

TEST_CASE("any changed bit of key, message or signature is refused") {
  const Vector& vector = kVectors[1];
  const Ed25519PublicKey key = public_key(vector.key);
  const std::string signature = bytes(vector.signature);
  for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit) {
    std::string changed = signature;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
    if (ed25519_verify(key, "r", changed)) FAIL_CHECK("signature bit " << bit);
  }
  for (std::size_t bit = 0; bit < 8 * key.size(); ++bit) {
    Ed25519PublicKey changed = key;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1 << bit % 8);
    if (ed25519_verify(changed, "r", signature)) FAIL_CHECK("key bit " << bit);
  }
  CHECK(ed25519_verify(key, "r", signature));
  CHECK_FALSE(ed25519_verify(key, "s", signature));
  CHECK_FALSE(ed25519_verify(key, "", signature));
  CHECK_FALSE(ed25519_verify(key, "rr", signature));
}

TEST_CASE("a signature of another length is refused") {
  const Ed25519PublicKey key = public_key(kVectors[1].key);
  const std::string signature = bytes(kVectors[1].signature);
  CHECK_FALSE(ed25519_verify(key, "r", ""));
  CHECK_FALSE(ed25519_verify(key, "r", signature.substr(0, 63)));
  CHECK_FALSE(ed25519_verify(key, "r", signature + '\0'));
}

// Each of the eight encodings was computed as a multiple of (group order / 8) * point.
TEST_CASE("small-order and unreduced keys are weak") {
  for (const char* hex : {
           "0100000000000000000000000000000000000000000000000000000000000000",  // order 1
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // order 2
           "0000000000000000000000000000000000000000000000000000000000000000",  // order 4
           "0000000000000000000000000000000000000000000000000000000000000080",
           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",  // order 8
           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
           // the same points with a sign that x = 0 does not have
           "0100000000000000000000000000000000000000000000000000000000000080",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
           // y = p, p + 1 and 2^255 - 1
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
       }) {
    CAPTURE(hex);
    CHECK(is_weak_key(public_key(hex)));
  }
  for (const Vector& vector : kVectors) CHECK_FALSE(is_weak_key(public_key(vector.key)));
  // p - 2: reduced, and not of small order
  CHECK_FALSE(
      is_weak_key(public_key("ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")));
}

TEST_CASE("nothing is signed by the identity, though OpenSSL alone would say so") {
  // R = B (the base point) and S = 1 satisfy S*B = R + h*A for any h when A is the identity.
  const Ed25519PublicKey identity =
      public_key("0100000000000000000000000000000000000000000000000000000000000000");
  const std::string forged = bytes(
      "5866666666666666666666666666666666666666666666666666666666666666"
      "0100000000000000000000000000000000000000000000000000000000000000");
  EVP_PKEY* key =
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, identity.data(), identity.size());
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  REQUIRE(EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, key) == 1);
  const std::string message = "anything";
  const auto* const raw = reinterpret_cast<const unsigned char*>(forged.data());
  CHECK(EVP_DigestVerify(context, raw, forged.size(),
                         reinterpret_cast<const unsigned char*>(message.data()),
                         message.size()) == 1);
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  CHECK_FALSE(ed25519_verify(identity, message, forged));
}

TEST_CASE("a PEM key comes back the same") {
  const Ed25519Key key = Ed25519Key::from_seed(bytes(kVectors[0].seed));
  // RFC 8410: the seed behind a fixed 16-byte prefix, in base64.
  const std::string expected =
      "-----BEGIN PRIVATE KEY-----\n" +
      base::to_base64(bytes("302e020100300506032b657004220420") + bytes(kVectors[0].seed)) +
      "\n-----END PRIVATE KEY-----\n";
  CHECK(key.to_pem() == expected);
  const auto back = Ed25519Key::from_pem(expected);
  REQUIRE(back);
  CHECK(back->public_key() == key.public_key());
}

TEST_CASE("what is no Ed25519 private key is refused without asking for a passphrase") {
  CHECK_FALSE(Ed25519Key::from_pem(""));
  CHECK_FALSE(Ed25519Key::from_pem("not a key"));
  CHECK_FALSE(
      Ed25519Key::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
  // openssl genpkey -algorithm X25519
  CHECK_FALSE(
      Ed25519Key::from_pem("-----BEGIN PRIVATE KEY-----\n"
                           "MC4CAQAwBQYDK2VuBCIEIGDFdsyZHoh/2q03f+ZFKYc104xce8hrhcYPVN45JtFA\n"
                           "-----END PRIVATE KEY-----\n"));
  // openssl genpkey -algorithm ED25519 | openssl pkcs8 -topk8 -passout pass:x
  const std::string encrypted =
      ("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
       "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgtM77cBAHd5wICCAAw\n"
       "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEGHd5O/1HdnCBs0C6ihZVrQEQKdl\n"
       "M1Cxa+7dPnV3+dxapmspvpHV1xornHV63csAnrHdEpPgCkomjfuY04Y6ELxncGEc\n"
       "ltvB//HQ4EsGzR9CqkE=\n"
       "-----END ENCRYPTED PRIVATE KEY-----\n");
  CHECK(is_encrypted_pem(encrypted));
  CHECK_FALSE(Ed25519Key::from_pem(encrypted));
  CHECK_FALSE(Ed25519Key::from_pem(encrypted, "y"));
  CHECK_FALSE(Ed25519Key::from_pem(encrypted, std::string(5000, 'x')));
  CHECK(Ed25519Key::from_pem(encrypted, "x"));
}

TEST_CASE("an encrypted key that its passphrase does not open, or another one does") {
  const Ed25519Key key = Ed25519Key::from_seed(bytes(kVectors[0].seed));
  for (const std::string& passphrase :
       {std::string("x"), std::string("a\0b", 3), std::string(kMaxPassphraseBytes, 'p')}) {
    const std::string pem = key.to_pem(passphrase);
    CHECK(is_encrypted_pem(pem));
    CHECK(pem != key.to_pem(passphrase));  // salted
    const auto back = Ed25519Key::from_pem(pem, passphrase);
    REQUIRE(back);
    CHECK(back->public_key() == key.public_key());
    CHECK_FALSE(Ed25519Key::from_pem(pem));
    CHECK_FALSE(Ed25519Key::from_pem(pem, passphrase + "x"));
    CHECK_FALSE(Ed25519Key::from_pem(pem, passphrase.substr(0, passphrase.size() - 1)));
  }
}

TEST_CASE("generated keys differ and sign") {
  const Ed25519Key first = Ed25519Key::generate();
  const Ed25519Key second = Ed25519Key::generate();
  CHECK(first.public_key() != second.public_key());
  const std::string signature = first.sign("message");
  CHECK(ed25519_verify(first.public_key(), "message", signature));
  CHECK_FALSE(ed25519_verify(second.public_key(), "message", signature));
}

TEST_CASE("wiping leaves nothing in the bytes it was given") {
  std::string secret(200, 's');
  const char* const memory = secret.data();
  wipe(secret);
  CHECK(secret.empty());
  CHECK(std::all_of(memory, memory + 200, [](char c) { return c == '\0'; }));
}

}  // namespace
}  // namespace audit::crypto
