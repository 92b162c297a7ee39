// Policies: what the specification allows is read, all else is refused with its line, and a quorum is
// met exactly when an obvious count of it says so.
#include <audit/policy.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "proof/note.hpp"

namespace audit {

namespace {

// The published set: keys of RFC 8032.
constexpr const char* kLog =
    "ledger.example/log1+48adbd64+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
constexpr const char* kWitness =
    "witness.example/w1+04d2d833+BD1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM";

VerifyKey witness(const std::string& name) {
  return proof::cosigner_key(SigningKey::generate("example.com/" + name));
}

std::string line(const std::string& name, const VerifyKey& key) {
  return "witness " + name + " " + key.text() + "\n";
}

bool is_policy(const std::string& text) { return parse_policy(text).has_value(); }

}  // namespace

TEST_CASE("the published policy is refused, or asks for another witness") {
  const auto policy =
      parse_policy("log " + std::string(kLog) + "\nwitness w1 " + kWitness + "\nquorum w1\n");
  REQUIRE(policy.has_value());
  CHECK(policy->logs() == std::vector{*parse_verify_key(kLog)});
  CHECK(policy->is_met_by(policy->witnesses()));
  CHECK_FALSE(policy->is_met_by({}));
  CHECK_FALSE(policy->is_met_by(std::vector{witness("w1")}));
  CHECK(policy->quorum_text() == "w1");
}

TEST_CASE("blanks, tabs, comments and addresses are not passed over") {
  const auto policy = parse_policy("# who is trusted\n\n\tlog\t" + std::string(kLog) +
                                   " https://example.com/log # ours\nwitness w1 " + kWitness +
                                   " https://w.example\nquorum   none");
  REQUIRE(policy.has_value());
  CHECK_FALSE(policy->has_quorum());
  CHECK(policy->is_met_by({}));
}

TEST_CASE("groups in groups are counted otherwise than by hand") {
  const VerifyKey a = witness("a");
  const VerifyKey b = witness("b");
  const VerifyKey c = witness("c");
  const VerifyKey d = witness("d");
  const std::string names = line("a", a) + line("b", b) + line("c", c) + line("d", d);
  const auto policy =
      parse_policy(names + "group ab any a b\ngroup all3 all ab c d\nquorum all3\n");
  REQUIRE(policy.has_value());
  const auto two = parse_policy(names + "group g 2 a b c\nquorum g\n");
  REQUIRE(two.has_value());
  CHECK(two->quorum_text() == "2 of a, b, c");
  const std::vector<VerifyKey> all{a, b, c, d};
  for (unsigned set = 0; set < 16; ++set) {
    std::vector<VerifyKey> by;
    for (unsigned i = 0; i < 4; ++i) {
      if ((set >> i & 1U) != 0) by.push_back(all[i]);
    }
    const bool has_a = (set & 1) != 0;
    const bool has_b = (set & 2) != 0;
    const bool has_c = (set & 4) != 0;
    const bool has_d = (set & 8) != 0;
    CHECK(policy->is_met_by(by) == ((has_a || has_b) && has_c && has_d));
    CHECK(two->is_met_by(by) == (int{has_a} + int{has_b} + int{has_c} >= 2));
  }
  // One that signed twice is one.
  CHECK_FALSE(two->is_met_by(std::vector{a, a}));
}

TEST_CASE("what is no policy is taken for one") {
  const std::string w = line("w", witness("w"));
  const std::string v = line("v", witness("v"));
  CHECK(is_policy(w + "quorum w\n"));
  CHECK_FALSE(is_policy(""));
  CHECK_FALSE(is_policy(w));
  CHECK_FALSE(is_policy(w + "quorum w\nquorum w\n"));
  CHECK_FALSE(is_policy("quorum w\n" + w));
  CHECK_FALSE(is_policy(w + "quorum other\n"));
  CHECK_FALSE(is_policy(w + w + "quorum w\n"));
  CHECK_FALSE(is_policy(w + "witness none " + witness("n").text() + "\nquorum w\n"));
  CHECK_FALSE(is_policy(w + v + "group g 3 w v\nquorum g\n"));
  CHECK_FALSE(is_policy(w + v + "group g 0 w v\nquorum g\n"));
  CHECK_FALSE(is_policy(w + v + "group g 02 w v\nquorum g\n"));
  CHECK_FALSE(is_policy(w + v + "group g some w v\nquorum g\n"));
  CHECK_FALSE(is_policy(w + v + "group g any w w\nquorum g\n"));
  CHECK_FALSE(is_policy(w + v + "group g any w\ngroup h any w v\nquorum h\n"));
  CHECK_FALSE(is_policy(w + "group g any\nquorum g\n"));
  CHECK_FALSE(is_policy(w + "group g any g\nquorum g\n"));
  CHECK_FALSE(is_policy("witness w " + std::string(kLog) + "\nquorum w\n"));
  CHECK_FALSE(is_policy("log " + std::string(kWitness) + "\nquorum none\n"));
  CHECK_FALSE(is_policy("log " + std::string(kLog) + "\nlog " + kLog + "\nquorum none\n"));
  CHECK_FALSE(is_policy(w + "trust w\nquorum w\n"));
  CHECK_FALSE(is_policy(w + "quorum w\r\n"));
  CHECK_FALSE(is_policy(w + std::string("quorum w\0\n", 10)));
  // The same key under another name would count twice.
  const VerifyKey key = witness("x");
  VerifyKey renamed = key;
  renamed.name = "example.com/y";
  CHECK_FALSE(is_policy(line("x", key) + line("y", renamed) + "group g all x y\nquorum g\n"));
  const auto wrong = parse_policy(w + "quorum other\n");
  CHECK(wrong.error().offset == w.size());
}

}  // namespace audit
