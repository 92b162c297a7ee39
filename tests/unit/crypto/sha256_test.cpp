#include "crypto/sha256.hpp"

#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <openssl/evp.h>

namespace audit::crypto {
namespace {

Digest one_shot(const std::string& message) {
  Digest digest;
  REQUIRE(EVP_Digest(message.data(), message.size(), digest.bytes.data(), nullptr, EVP_sha256(),
                     nullptr) == 1);
  return digest;
}

// FIPS 180-4 examples (NIST, "SHA256.pdf") and the empty message.
TEST_CASE("SHA-256 agrees with the published examples") {
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(to_hex(sha256(std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("one hasher gives message after message the right digest, however it is cut") {
  Sha256 hasher;
  std::string message;
  for (std::size_t length = 0; length < 300; ++length) {
    const std::size_t cut = length / 3;
    hasher.update(message.substr(0, cut));
    hasher.update(message.data() + cut, length - cut);
    if (hasher.finish() != one_shot(message)) FAIL_CHECK("length " << length);
    message.push_back(static_cast<char>(length * 7));
  }
  CHECK(hasher.finish() == one_shot(""));
  const Digest abc = hasher.hash("abc");
  hasher.update(abc);
  CHECK(hasher.finish() == one_shot(std::string(abc.bytes.begin(), abc.bytes.end())));
}

TEST_CASE("a moved hasher goes on with its message") {
  Sha256 first;
  first.update("ab");
  Sha256 second = std::move(first);
  second.update("c");
  CHECK(second.finish() == one_shot("abc"));
}

TEST_CASE("threads do not disturb each other's hasher") {
  const std::string message(1000, 'm');
  const Digest expected = one_shot(message);
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (int& count : wrong) {
    threads.emplace_back([&count, &message, &expected] {
      for (int i = 0; i < 2000; ++i) count += sha256(message) == expected ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : wrong) CHECK(count == 0);
}

}  // namespace
}  // namespace audit::crypto
