#include "proof/checkpoint.hpp"

#include <audit/error.hpp>
#include <audit/proof.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "crypto/sha256.hpp"
#include "eight_leaves.hpp"
#include "proof/note.hpp"
#include "vector_file.hpp"

namespace audit {
namespace {

const std::string kOrigin = "ledger.example/log1";
const std::string kKeyText =
    "ledger.example/log1+48adbd64+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";

std::vector<VerifyKey> ledger_key() { return {parse_verify_key(kKeyText).value()}; }

SigningKey ledger_signer() {  // RFC 8032 test key 1
  return SigningKey::from_seed(
      kOrigin, *base::from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
}

struct Known {
  std::size_t size;
  const char* text_hash;
  const char* note_hash;
};

// Computed by two other implementations.
const Known kKnown[] = {
    {0, "400d6e47e62748c9e5e99de9229deaf7b494020a5bb8cbd3f92e24b720fc60f6",
     "0d69ceb02647eb548752fbdcceecd3e42a8b78c7bfba5c36062da7e25dcca6cd"},
    {5, "11c8d9a173b66bfa974ed766b9dbda43ddc3806344e5b75f79d867393c900a1c",
     "e6b7310d21a26d604fde567e7d4911162faa33fe81c669952bcd3741f1013107"},
    {7, "708fd7e759f45536195412aae242f64280e097eba1939ee4aade5e04907a213c",
     "8e26a3272b1a3882cace56ea40e03724a7cbe1b433da5b166c953c56f692f24b"},
    {8, "781c6003908a82dd1d378eda274557b4d2f7584b6ff29a2abc6ac05df2fd5462",
     "11a1210258e55a0a15bc16deeaf660d25c530fa0fe84d6fb65b31e2d5b13ddb8"},
};

Checkpoint known_checkpoint(std::size_t size) {
  return {kOrigin, size, test::digest(test::kEightRoots[size])};
}

std::string note_name(std::size_t size) { return "notes/ledger-" + std::to_string(size) + ".note"; }

TEST_CASE("checkpoints are written and signed byte for byte as others do") {
  const SigningKey key = ledger_signer();
  for (const Known& known : kKnown) {
    CAPTURE(known.size);
    const Checkpoint checkpoint = known_checkpoint(known.size);
    CHECK(to_hex(crypto::sha256(checkpoint_text(checkpoint))) == known.text_hash);
    const std::string note = sign_checkpoint(checkpoint, key);
    CHECK(note == test::read_vector(note_name(known.size)));
    CHECK(to_hex(crypto::sha256(note)) == known.note_hash);
  }
}

TEST_CASE("checkpoints are read and their signatures checked") {
  for (const Known& known : kKnown) {
    const std::string note = test::read_vector(note_name(known.size));
    CHECK(parse_checkpoint(note) == known_checkpoint(known.size));
    const auto opened = open_checkpoint(note, ledger_key());
    REQUIRE(opened);
    CHECK(opened->checkpoint == known_checkpoint(known.size));
    CHECK(opened->note == note);
    CHECK(opened->signed_by == std::vector{kKeyText});
  }
}

TEST_CASE("a checkpoint of another log, with spaces in its origin, is read too") {
  const std::string note = test::read_vector("notes/sum-golang-org.note");
  const auto opened = open_checkpoint(
      note,
      {*parse_verify_key("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")});
  REQUIRE(opened);
  CHECK(opened->checkpoint.origin == "go.sum database tree");
  CHECK(opened->checkpoint.size == 35225469);
}

TEST_CASE("heads of a published witness test log open, and not with another signature") {
  // FiloSottile/torchwood cmd/litewitness
  const std::string origin =
      "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562";
  VerifyKey key{origin, 1, {}};
  const std::string raw =
      *base::from_hex("ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f");
  std::copy(raw.begin(), raw.end(), key.key.begin());
  const auto note = [&](const std::string& size, const std::string& root, const std::string& blob) {
    return origin + "\n" + size + "\n" + root + "\n\n\u2014 " + origin + " " + blob + "\n";
  };
  const std::string three = "RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=";
  const std::string five = "QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=";
  const std::string blob_three =
      "UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/"
      "GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=";
  const std::string blob_five =
      "UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/"
      "ASRcWJi0tW90dJWAShei7sDww=";
  CHECK(open_checkpoint(note("3", three, blob_three), {key}));
  CHECK(open_checkpoint(note("5", five, blob_five), {key}));
  CHECK_FALSE(open_checkpoint(note("3", three, blob_five), {key}));
  CHECK_FALSE(open_checkpoint(note("5", five, blob_three), {key}));
  CHECK_FALSE(open_checkpoint(note("3", three, blob_three.substr(0, blob_three.size() - 3) + "gx="),
                              {key}));
}

TEST_CASE("S + L, and base64 that only lax readers take, are refused") {
  for (const char* name : {"notes/ledger-8-malleable.note", "notes/ledger-8-lax-base64.note"}) {
    CAPTURE(name);
    CHECK_FALSE(open_checkpoint(test::read_vector(name), ledger_key()));
  }
  // The first is well-formed; only its signature is not.
  CHECK(parse_checkpoint(test::read_vector("notes/ledger-8-malleable.note")));
}

TEST_CASE("two heads of one size with different roots both verify: that is a fork") {
  const auto good = open_checkpoint(test::read_vector("notes/ledger-8.note"), ledger_key());
  const auto fork = open_checkpoint(test::read_vector("notes/ledger-8-fork.note"), ledger_key());
  REQUIRE(good);
  REQUIRE(fork);
  CHECK(good->checkpoint.size == fork->checkpoint.size);
  CHECK(good->checkpoint.root != fork->checkpoint.root);
  CHECK_FALSE(check_consistency(8, good->checkpoint.root, 8, fork->checkpoint.root, {}));
}

TEST_CASE("no proof connects a rewritten head, signed as it is, to the true one") {
  const auto rewritten =
      open_checkpoint(test::read_vector("notes/ledger-7-rewritten.note"), ledger_key());
  REQUIRE(rewritten);
  const auto path =
      test::digests({"b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
                     "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1",
                     "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                     "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"});
  const Digest eight = test::digest(test::kEightRoots[8]);
  CHECK(check_consistency(7, test::digest(test::kEightRoots[7]), 8, eight, path));
  CHECK_FALSE(check_consistency(7, rewritten->checkpoint.root, 8, eight, path));
}

TEST_CASE("malformed checkpoint texts are refused") {
  const std::string root = "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n";
  REQUIRE(proof::parse_checkpoint_text("Log\n8\n" + root));
  const std::vector<std::pair<const char*, std::string>> texts = {
      {"empty", ""},
      {"one line feed", "\n"},
      {"one line", "Log\n"},
      {"two lines", "Log\n8\n"},
      {"an empty origin", "\n8\n" + root},
      {"no final line feed", "Log\n8\n" + root.substr(0, root.size() - 1)},
      {"no number", "Log\n\n" + root},
      {"a word for a number", "Log\nbananas\n" + root},
      {"a negative number", "Log\n-34\n" + root},
      {"a plus sign", "Log\n+8\n" + root},
      {"a leading zero", "Log\n08\n" + root},
      {"two zeros", "Log\n00\n" + root},
      {"a space before", "Log\n 8\n" + root},
      {"a space after", "Log\n8 \n" + root},
      {"hexadecimal", "Log\n0x8\n" + root},
      {"a fraction", "Log\n8.0\n" + root},
      {"2^63", "Log\n9223372036854775808\n" + root},
      {"2^64", "Log\n18446744073709551616\n" + root},
      {"far too many digits", "Log\n3438945738945739845734895735\n" + root},
      {"an empty root", "Log\n8\n\n"},
      {"broken base64", "Log\n8\n!" + root.substr(1)},
      {"a root of 6 bytes", "Log\n8\nYmFuYW5h\n"},
      {"a root of 31 bytes", "Log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQw==\n"},
      {"a root of 33 bytes", "Log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQygA\n"},
      {"a trailing base64 bit", "Log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyh=\n"},
      {"a space after the root", "Log\n8\n" + root.substr(0, root.size() - 1) + " \n"},
      {"an empty extension line", "Log\n8\n" + root + "\n"},
      {"an empty line among extensions", "Log\n8\n" + root + "ext\n\next\n"},
      {"no entries with a root", "Log\n0\n" + root},
      {"an origin of 256 bytes", std::string(256, 'o') + "\n8\n" + root},
  };
  for (const auto& [what, text] : texts) {
    CAPTURE(what);
    CHECK_FALSE(proof::parse_checkpoint_text(text));
  }
}

TEST_CASE("the largest number, the longest origin and extension lines are read") {
  const std::string root = "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n";
  CHECK(proof::parse_checkpoint_text("Log\n9223372036854775807\n" + root)->size ==
        9223372036854775807U);
  CHECK(proof::parse_checkpoint_text(std::string(255, 'o') + "\n8\n" + root));
  CHECK(proof::parse_checkpoint_text("Log\n8\n" + root + "extension\n")->size == 8);
}

TEST_CASE("an extension line is covered by the signature") {
  const SigningKey key = ledger_signer();
  const std::string text = checkpoint_text(known_checkpoint(8));
  const std::string note = proof::sign_note(text + "extension\n", key);
  CHECK(open_checkpoint(note, ledger_key()));
  std::string without = note;
  without.erase(without.find("extension\n"), 10);
  CHECK(parse_checkpoint(without) == known_checkpoint(8));
  CHECK_FALSE(open_checkpoint(without, ledger_key()));
}

TEST_CASE("a well-signed note that is no checkpoint is refused") {
  const std::string note = proof::sign_note("just text\n", ledger_signer());
  CHECK_FALSE(parse_checkpoint(note));
  CHECK_FALSE(open_checkpoint(note, ledger_key()));
}

TEST_CASE("what could not be read back is not signed") {
  const SigningKey key = ledger_signer();
  const Digest root = test::digest(test::kEightRoots[8]);
  for (const std::string& origin : {std::string(), std::string("a b"), std::string("a+b"),
                                    std::string("a\nb"), std::string(256, 'o')}) {
    CAPTURE(origin);
    CHECK_THROWS_AS((void)sign_checkpoint({origin, 8, root}, key), Error);
  }
  CHECK_THROWS_AS((void)sign_checkpoint({"log", 0, root}, key), Error);
  CHECK_THROWS_AS((void)sign_checkpoint({"log", std::uint64_t{1} << 63, root}, key), Error);
  CHECK(parse_checkpoint(sign_checkpoint({"log", 0, empty_root()}, key)));
}

}  // namespace
}  // namespace audit
