// What is time-stamped, and what it is asked with. Answers are tried with OpenSSL's own authority in
// tests/cli/timestamps_test.py.
#include <audit/checkpoint.hpp>
#include <audit/error.hpp>
#include <audit/timestamp.hpp>

#include <doctest/doctest.h>

#include "crypto/sha256.hpp"
#include "proof/note.hpp"

namespace audit::test {

namespace {

SigningKey some_key(const char* name) { return SigningKey::generate(name); }

}  // namespace

TEST_CASE("stamped_note: cosignatures and strangers' lines change what is stamped") {
  const SigningKey key = some_key("example.com/log");
  const std::string note = sign_checkpoint({"example.com/log", 7, Digest{{1}}}, key);
  const std::string text = note.substr(0, note.find("\n\n") + 1);
  CHECK(stamped_note(note).value() == note);
  // A witness may have the name of the log.
  const std::string more =
      proof::cosignature_line(text, some_key("example.com/w"), 1) +
      proof::cosignature_line(text, some_key("example.com/log"), 2) +
      proof::signature_line("example.com/other", {1, 2, 3, 4}, std::string(64, 'x'));
  CHECK(stamped_note(note + more).value() == note);
}

TEST_CASE("stamped_note: at the end of a key only one of the two signatures is stamped") {
  const SigningKey key = some_key("example.com/log");
  const std::string note = sign_checkpoint({"example.com/log", 7, Digest{{1}}}, key);
  const std::string both =
      note + proof::signature_line("example.com/log", {1, 2, 3, 4}, std::string(64, 'x'));
  CHECK(stamped_note(both).value() == both);
}

TEST_CASE("a query for what is no checkpoint") {
  CHECK_FALSE(stamped_note("text\n"));
  CHECK_THROWS_AS((void)timestamp_request("text\n"), Error);
}

TEST_CASE("a query is of another digest, or two have one nonce") {
  const std::string note =
      sign_checkpoint({"example.com/log", 7, Digest{{1}}}, some_key("example.com/log"));
  const std::string query = timestamp_request(note);
  const Digest digest = crypto::sha256(note);
  const std::string bytes(digest.bytes.begin(), digest.bytes.end());
  REQUIRE(query.size() == 69);
  CHECK(query.substr(24, 32) == bytes);
  CHECK(timestamp_request(note).substr(0, 58) == query.substr(0, 58));
  CHECK(timestamp_request(note) != query);
}

}  // namespace audit::test
