// Fork evidence: the published equivocation is proven, and nothing that is none.
#include <audit/fork.hpp>
#include <audit/proof.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "proof/merkle.hpp"
#include "proof/path.hpp"

namespace audit {

namespace {

// The published set of tlog vectors: keys of RFC 8032, a tree of eight leaves, and one other leaf.
const VerifyKey kKey =
    parse_verify_key("ledger.example/log1+48adbd64+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea")
        .value();

std::string note(const char* size, const char* root, const char* blob) {
  return std::string("ledger.example/log1\n") + size + "\n" + root +
         "\n\n\u2014 ledger.example/log1 " + blob + "\n";
}

const std::string kGood = note(
    "8", "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=",
    "SK29ZNLsrBtLCtPP6h0BrnwfwP8QDiLE8g0B1Nez9rENnLCTkNbAxB70sHV/YDuErlWCCKPHH5oclHnNzoDNFqzgiwU=");
const std::string kOther = note(
    "8", "wp4qOuBns0SXIPzSZ98CQtWJU8Qi0UZ8dHxHyC2lsLo=",
    "SK29ZLPC5uh/0aHK3UPR66v1lhDJdNvymLPb7IM8iKigQbso4/Bv7dZxuo9OE2GsQ5EnljXno7R8iN/+vBbYVjbGMgE=");
// Of seven entries, the third of which is another one.
const std::string kRewritten = note(
    "7", "liaEsvgcGzM8zDkp/7HEL7tBrYEWzYo3EKQnU+C59bI=",
    "SK29ZCtD1s8FG6PPLfYIgCkBWR8BbhuY4acss666WpYRLQIKYTjNwdnTEoja1QDrXyfB9JVCDNR77GChbvn0C6lKzw8=");
const std::string kSeven = note(
    "7", "3bib5AOAnjJXUNPSY814kpwpQreUKjS3fhIslZSnTIw=",
    "SK29ZLNeM8rPhiSw1/nTdJhW2uZIgtAtKSp50WBwtKwX3SbUu2wu5dJMspdrkJRD1l6ro+gsv8flGHdM9c7qzv2hMws=");

std::vector<Digest> leaves() {
  const std::vector<std::string> entries{
      std::string(),
      std::string(1, '\0'),
      "\x10",
      "\x20\x21",
      "\x30\x31",
      "\x40\x41\x42\x43",
      "\x50\x51\x52\x53\x54\x55\x56\x57",
      "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"};
  std::vector<Digest> hashes;
  for (const std::string& entry : entries) hashes.push_back(leaf_hash(entry));
  return hashes;
}

std::vector<Digest> path_from(std::uint64_t size) {
  const std::vector<Digest> all = leaves();
  return proof::make_consistency(size, all.size(), [&](unsigned level, std::uint64_t index) {
    const auto first = static_cast<std::ptrdiff_t>(index << level);
    const auto count = std::ptrdiff_t{1} << level;
    return proof::root_of({all.begin() + first, all.begin() + first + count});
  });
}

Fork same_size() { return {kGood, kOther, parse_checkpoint(kOther).value().root, {}}; }

Fork earlier() { return {kRewritten, kGood, parse_checkpoint(kSeven).value().root, path_from(7)}; }

}  // namespace

TEST_CASE("two roots of one size, signed by one key, are no fork") {
  CHECK(check_fork(same_size(), {kKey}));
  const auto read = parse_fork(fork_text(same_size(), kKey));
  REQUIRE(read.has_value());
  CHECK(check_fork(*read, {kKey}));
}

TEST_CASE("a history that was written anew before a later head is no fork") {
  CHECK(check_fork(earlier(), {kKey}));
  const std::string text = fork_text(earlier(), kKey);
  const auto read = parse_fork(text);
  REQUIRE(read.has_value());
  CHECK(check_fork(*read, {kKey}));
  CHECK(fork_text(*read, kKey) == text);
}

TEST_CASE("what is no contradiction is called a fork") {
  Fork honest = earlier();
  honest.first = kSeven;
  CHECK_FALSE(check_fork(honest, {kKey}));  // the second contains the first
  Fork twice = same_size();
  twice.second = kGood;
  CHECK_FALSE(check_fork(twice, {kKey}));
  Fork wrong_prefix = earlier();
  wrong_prefix.prefix.bytes[3] ^= 1;
  CHECK_FALSE(check_fork(wrong_prefix, {kKey}));
  Fork short_path = earlier();
  short_path.path.pop_back();
  CHECK_FALSE(check_fork(short_path, {kKey}));
  Fork backwards = earlier();
  std::swap(backwards.first, backwards.second);
  CHECK_FALSE(check_fork(backwards, {kKey}));
  CHECK_FALSE(check_fork(same_size(), {}));
  CHECK_FALSE(check_fork(same_size(), {SigningKey::generate(kKey.name).verify_key()}));
}

TEST_CASE("any byte of the proof may be changed") {
  const std::string text = fork_text(earlier(), kKey);
  const std::size_t begin = text.find("prefix ");
  for (std::size_t i = begin; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto read = parse_fork(changed);
    CAPTURE(i);
    CHECK_FALSE((read && check_fork(*read, {kKey})));
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto read = parse_fork(text.substr(0, i));
    CHECK_FALSE((read && check_fork(*read, {kKey})));
  }
}

}  // namespace audit
