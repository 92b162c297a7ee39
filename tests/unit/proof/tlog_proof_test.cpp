#include <audit/checkpoint.hpp>
#include <audit/proof.hpp>
#include <audit/tlog_proof.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "crypto/sha256.hpp"
#include "eight_leaves.hpp"
#include "vector_file.hpp"

namespace audit {
namespace {

const std::string kHash = "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=";

std::string proof_with(const std::string& lines) { return "c2sp.org/tlog-proof@v1\n" + lines; }

TEST_CASE("the complete proof of others is not read, or not written byte for byte") {
  const std::string text = test::read_vector("notes/ledger-8-index-5.tlog-proof");
  REQUIRE(to_hex(crypto::sha256(text)) ==
          "a0348bb9b6fa51d99f11f80bb8146b053037f8c6c4a6a02e47a82185837346aa");
  const Parsed<TlogProof> proof = parse_tlog_proof(text);
  REQUIRE(proof);
  CHECK(proof->index == 5);
  CHECK_FALSE(proof->extra);
  CHECK(proof->note == test::read_vector("notes/ledger-8-cosigned.note"));
  CHECK(tlog_proof_text(*proof) == text);
  const Digest leaf = leaf_hash(*base::from_hex("40414243"));
  const auto head = parse_checkpoint(proof->note);
  REQUIRE(head);
  CHECK(check_inclusion(leaf, 5, head->size, proof->path, head->root));
  CHECK_FALSE(check_inclusion(leaf, 4, head->size, proof->path, head->root));
}

TEST_CASE("a proof with extra, with none, and without hashes is refused") {
  // The classes of transparency-dev/formats proof/tlog_proof_test.go.
  CHECK(parse_tlog_proof(proof_with("index 5\n" + kHash + "\n" + kHash + "\n\ncheckpoint\n"))
            ->path.size() == 2);
  const auto extra =
      parse_tlog_proof(proof_with("extra aGVsbG8=\nindex 10\n" + kHash + "\n\ncheckpoint\n"));
  REQUIRE(extra);
  CHECK(extra->extra == "hello");
  CHECK(extra->index == 10);
  const auto empty = parse_tlog_proof(proof_with("index 0\n\ncheckpoint\n"));
  REQUIRE(empty);
  CHECK(empty->path.empty());
  CHECK(empty->note == "checkpoint\n");
  CHECK(parse_tlog_proof(proof_with("extra \nindex 0\n\ncheckpoint\n"))->extra == "");
}

TEST_CASE("a malformed proof is read, or blamed in another place") {
  struct Case {
    std::string text;
    std::string message;  // a part of it
  };

  std::string many;
  for (int i = 0; i < 65; ++i) many += kHash + '\n';
  const std::string tail = "\n\ncheckpoint\n";
  const std::vector<Case> cases = {
      {"", "header"},
      {"c2sp.org/tlog-proof@v2\nindex 5\n\ncheckpoint\n", "header"},
      {"c2sp.org/tlog-proof@v1", "header"},
      {"\n" + proof_with("index 5\n\ncheckpoint\n"), "header"},
      {proof_with("extra a-b_\nindex 5\n\ncheckpoint\n"), "extra"},
      {proof_with("extra aGVsbG9=\nindex 5\n\ncheckpoint\n"), "extra"},  // trailing bits
      {proof_with("extra aGVsbG8\nindex 5\n\ncheckpoint\n"), "extra"},   // no padding
      {proof_with(kHash + tail), "index N"},
      {proof_with("index 5\nextra aGVsbG8=\n\ncheckpoint\n"), "hash"},
      {proof_with("Index 5\n\ncheckpoint\n"), "index N"},
      {proof_with("index notanumber\n\ncheckpoint\n"), "number"},
      {proof_with("index -5\n\ncheckpoint\n"), "number"},
      {proof_with("index +5\n\ncheckpoint\n"), "number"},
      {proof_with("index 05\n\ncheckpoint\n"), "number"},
      {proof_with("index  5\n\ncheckpoint\n"), "number"},
      {proof_with("index \n\ncheckpoint\n"), "number"},
      {proof_with("index 9223372036854775808\n\ncheckpoint\n"), "number"},
      {proof_with("index 5\nnot a hash\n\ncheckpoint\n"), "hash"},
      {proof_with("index 5\n" + base::to_base64(std::string(64, 'x')) + tail), "hash"},
      {proof_with("index 5\n" + base::to_base64(std::string(31, 'x')) + tail), "hash"},
      {proof_with("index 5\n" + kHash + "\r" + tail), "hash"},
      {proof_with("index 5\n" + many + "\ncheckpoint\n"), "64 hashes"},
      {proof_with("index 5\n" + kHash + "\n"), "empty line"},
      {proof_with("index 5\n" + kHash), "empty line"},
      {proof_with("index 5\n\n"), "checkpoint"},
      {proof_with("index 5\n\ncheckpoint"), "checkpoint"},
      {proof_with("extra " + std::string(65'540, 'A') + "\nindex 5\n\ncheckpoint\n"), "index N"},
      {proof_with("index 5\n\n" + std::string(1'200'000, 'x') + "\n"), "too long"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text.substr(0, 120));
    const Parsed<TlogProof> proof = parse_tlog_proof(one.text);
    REQUIRE_FALSE(proof);
    CHECK(proof.error().message.find(one.message) != std::string::npos);
    CHECK(proof.error().offset + proof.error().length <= one.text.size());
  }
}

TEST_CASE("two files are the same proof") {
  const std::string text = test::read_vector("notes/ledger-8-index-5.tlog-proof");
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'\n', ' ', 'A', '\0', '='}) {
      std::string changed = text;
      changed[i] = c;
      const Parsed<TlogProof> proof = parse_tlog_proof(changed);
      if (proof && tlog_proof_text(*proof) != changed) FAIL_CHECK("byte " << i);
    }
  }
}

TEST_CASE("a proof is told from a checkpoint by its name instead of its first bytes") {
  CHECK(looks_like_tlog_proof("c2sp.org/tlog-proof@v1\n"));
  CHECK(looks_like_tlog_proof("c2sp.org/tlog-proof@v2\nanything"));
  CHECK_FALSE(looks_like_tlog_proof("c2sp.org/tlog-proof"));
  CHECK_FALSE(looks_like_tlog_proof("ledger.example/log1\n8\n"));
  CHECK_FALSE(looks_like_tlog_proof(""));
}

}  // namespace
}  // namespace audit
