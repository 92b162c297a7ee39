#include <audit/digest.hpp>
#include <audit/error.hpp>
#include <audit/key.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "crypto/sha256.hpp"
#include "temp_folder.hpp"
#include "thrown.hpp"
#include "vector_file.hpp"

namespace audit {
namespace {

const std::string kSeed =
    *base::from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
const std::string kLedgerText =
    "ledger.example/log1+48adbd64+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
const std::string kWitnessText =
    "witness.example/w1+04d2d833+BD1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM";

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

// A verifier key text whose id fits, of any type and key bytes.
std::string text_of(const std::string& typed_key, const std::string& name = "a") {
  const Digest digest = crypto::sha256(name + "\n" + typed_key);
  return name + "+" + to_hex(digest).substr(0, 8) + "+" + base::to_base64(typed_key);
}

TEST_CASE("published verifier keys are read and written back") {
  for (const std::string& text :
       {kLedgerText, kWitnessText,
        std::string("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
        std::string("EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"),
        std::string("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"),
        std::string("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"),
        std::string("remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2")}) {
    CAPTURE(text);
    const auto key = parse_verify_key(text);
    REQUIRE(key);
    CHECK(key->text() == text);
  }
  CHECK(parse_verify_key(kLedgerText)->type == 1);
  CHECK(parse_verify_key(kWitnessText)->type == 4);
}

TEST_CASE("verifier keys with anything amiss are refused") {
  const std::string key = "AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
  for (const std::string& text : {
           std::string(),
           std::string("+"),
           std::string("++"),
           std::string("name"),
           std::string("name+48adbd64"),
           "ledger.example/log1+" + key,            // no id
           "ledger.example/log2+48adbd64+" + key,   // another name
           "ledger.example/log1+48adbd65+" + key,   // another id
           "ledger.example/log1+48ADBD64+" + key,   // upper case
           "ledger.example/log1+8adbd64+" + key,    // seven digits
           "ledger.example/log1+048adbd64+" + key,  // nine
           "ledger.example/log1++" + key,
           "+48adbd64+" + key,
           "ledger example/log1+48adbd64+" + key,
           " " + kLedgerText,
           kLedgerText + " ",
           kLedgerText + "\n",
           kLedgerText.substr(0, kLedgerText.size() - 1),      // base64 cut short
           "ledger.example/log1+48adbd64+Bd" + key.substr(2),  // another type byte
           kWitnessText.substr(0, kWitnessText.size() - 1) + "N",
       }) {
    CAPTURE(text);
    CHECK_FALSE(parse_verify_key(text));
  }
}

TEST_CASE("keys of an unknown type or the wrong length are refused though their id fits") {
  const std::string key = parse_verify_key(kLedgerText)
                              .map([](const VerifyKey& known) {
                                return std::string(known.key.begin(), known.key.end());
                              })
                              .value();
  CHECK(parse_verify_key(text_of('\1' + key)));
  CHECK(parse_verify_key(text_of('\4' + key)));
  for (const int type : {0, 2, 3, 5, 6, 0xfa, 0xff}) {
    CAPTURE(type);
    CHECK_FALSE(parse_verify_key(text_of(static_cast<char>(type) + key)));
  }
  CHECK_FALSE(parse_verify_key(text_of('\1' + key.substr(1))));
  CHECK_FALSE(parse_verify_key(text_of('\1' + key + 'x')));
  CHECK_FALSE(parse_verify_key(text_of("\1")));
  CHECK_FALSE(parse_verify_key(text_of("")));
}

TEST_CASE("a small-order key is refused though its id fits") {
  const std::string order_8 =
      *base::from_hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
  const auto key = parse_verify_key(text_of('\1' + order_8));
  REQUIRE_FALSE(key);
  CHECK(key.error().message == "a weak key that anybody could sign for");
}

TEST_CASE("a key file of verifier keys skips comments and blank lines") {
  CHECK(read_verify_keys(test::vector_path("notes/ledger.pub")) ==
        std::vector{*parse_verify_key(kLedgerText), *parse_verify_key(kWitnessText)});
  const test::TempFolder folder;
  write_text(folder / "keys", "\r\n  # comment\n\n \t" + kLedgerText + " \r\n#" + kWitnessText);
  CHECK(read_verify_keys(folder / "keys") == std::vector{*parse_verify_key(kLedgerText)});
  write_text(folder / "empty", "");
  CHECK(read_verify_keys(folder / "empty").empty());
}

TEST_CASE("a line that is no verifier key stops the reading and is named") {
  const test::TempFolder folder;
  write_text(folder / "keys", kLedgerText + "\n\nnot a key\n");
  try {
    (void)read_verify_keys(folder / "keys");
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::configuration);
    CHECK(error.message().find("line 3 of '") == 0);
  }
  CHECK(test::code_of([&] { (void)read_verify_keys(folder / "none"); }) == ErrorCode::not_found);
}

TEST_CASE("a signing key of a known seed is the known key") {
  const SigningKey key = SigningKey::from_seed("ledger.example/log1", kSeed);
  CHECK(key.verify_key().text() == kLedgerText);
  // RFC 8032, test 1
  CHECK(
      base::to_hex(key.sign("")) ==
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
      "b46bd25bf5f0595bbe24655141438e7a100b");
}

TEST_CASE("signing keys need a proper name and seed") {
  for (const char* name : {"", "a b", "a+b", "a\n"}) {
    CAPTURE(name);
    CHECK(test::code_of([&] { (void)SigningKey::from_seed(name, kSeed); }) ==
          ErrorCode::invalid_argument);
    CHECK(test::code_of([&] { (void)SigningKey::generate(name); }) == ErrorCode::invalid_argument);
  }
  CHECK(test::code_of([] { (void)SigningKey::from_seed("a", kSeed.substr(1)); }) ==
        ErrorCode::invalid_argument);
}

TEST_CASE("a written key is private, reads back the same, and is never overwritten") {
  const test::TempFolder folder;
  const SigningKey key = SigningKey::generate("name");
  const ::mode_t before = ::umask(0);
  key.write(folder / "key");
  ::umask(before);

  struct stat status {};

  REQUIRE(::stat((folder / "key").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  CHECK(key_file_is_private(folder / "key"));
  CHECK(SigningKey::read(folder / "key", "name").verify_key() == key.verify_key());
  CHECK(test::code_of([&] { SigningKey::generate("name").write(folder / "key"); }) ==
        ErrorCode::already_exists);
  CHECK(SigningKey::read(folder / "key", "name").sign("m") == key.sign("m"));
}

TEST_CASE("a key file others may use is read, but can be told") {
  const test::TempFolder folder;
  SigningKey::generate("name").write(folder / "key");
  for (const ::mode_t mode : {0640U, 0604U, 0620U, 0601U}) {
    REQUIRE(::chmod((folder / "key").c_str(), mode) == 0);
    CHECK_FALSE(key_file_is_private(folder / "key"));
    CHECK_NOTHROW((void)SigningKey::read(folder / "key", "name"));
  }
  REQUIRE(::chmod((folder / "key").c_str(), 0400) == 0);
  CHECK(key_file_is_private(folder / "key"));
  CHECK(test::code_of([&] { (void)key_file_is_private(folder / "none"); }) == ErrorCode::not_found);
}

TEST_CASE("the openssl program reads our key, and we read its") {
  const test::TempFolder folder;
  const SigningKey key = SigningKey::from_seed("ledger.example/log1", kSeed);
  key.write(folder / "ours");
  const auto run = [&](const std::string& command) {
    const std::string line = "cd '" + folder.path().string() + "' && openssl " + command;
    return std::system(line.c_str());
  };
  write_text(folder / "message", "a message");
  REQUIRE(run("pkey -in ours -pubout -out public") == 0);
  write_text(folder / "signature", key.sign("a message"));
  CHECK(run("pkeyutl -verify -pubin -inkey public -rawin -in message -sigfile signature "
            ">/dev/null") == 0);
  REQUIRE(run("genpkey -algorithm ED25519 -out theirs") == 0);
  const SigningKey theirs = SigningKey::read(folder / "theirs", "theirs");
  REQUIRE(run("pkeyutl -sign -inkey theirs -rawin -in message -out signature") == 0);
  const std::string signature = base::read_file(folder / "signature", 100);
  CHECK(check_signature(theirs.verify_key(), "a message", signature));
}

TEST_CASE("files that are no Ed25519 private key are refused as such") {
  const test::TempFolder folder;
  CHECK(test::code_of([&] { (void)SigningKey::read(folder / "none", "a"); }) ==
        ErrorCode::not_found);
  write_text(folder / "text", "not a key\n");
  CHECK(test::code_of([&] { (void)SigningKey::read(folder / "text", "a"); }) ==
        ErrorCode::configuration);
  write_text(folder / "public", kLedgerText);
  CHECK(test::code_of([&] { (void)SigningKey::read(folder / "public", "a"); }) ==
        ErrorCode::configuration);
  write_text(folder / "large", std::string(100'000, '-'));
  CHECK(test::code_of([&] { (void)SigningKey::read(folder / "large", "a"); }) == ErrorCode::limit);
}

TEST_CASE("a moved key goes on signing") {
  SigningKey first = SigningKey::from_seed("ledger.example/log1", kSeed);
  const std::string expected = first.sign("m");
  SigningKey second = std::move(first);
  CHECK(second.sign("m") == expected);
  SigningKey third = SigningKey::generate("other");
  third = std::move(second);
  CHECK(third.sign("m") == expected);
  CHECK(third.verify_key().text() == kLedgerText);
}

}  // namespace
}  // namespace audit
