// Proof files: they hold for whoever has the key, and for nobody once a byte of them was changed.
#include <audit/error.hpp>
#include <audit/proof.hpp>
#include <audit/prover.hpp>
#include <audit/tlog_proof.hpp>

#include <random>

#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "event/leaf.hpp"
#include "file_bytes.hpp"
#include "lab.hpp"
#include "proof/note.hpp"
#include "slow_tree.hpp"
#include "thrown.hpp"
#include "vector_file.hpp"

namespace audit::test {

namespace {

using Kinds = std::set<std::string>;
using Levels = std::vector<Level>;

std::vector<VerifyKey> keys_of(const Lab& lab) {
  return read_verify_keys(verify_key_file(lab.ledger));
}

std::string proof_of(const Lab& lab, std::uint64_t seq) {
  const LedgerView view = LedgerView::open(lab.ledger);
  const auto proof = Prover(view).tlog_proof(seq);
  REQUIRE(proof);
  return tlog_proof_text(*proof);
}

class ProofFile {
 public:
  explicit ProofFile(const std::string& text) : file_(folder_ / "a.file") {
    write_bytes(file_, text);
  }

  [[nodiscard]] VerifyReport verify(const VerifyProofOptions& options) const {
    return verify_proof(file_, options);
  }

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  TempFolder folder_;
  std::filesystem::path file_;
};

VerifyReport verify(const std::string& text, const VerifyProofOptions& options) {
  return ProofFile(text).verify(options);
}

// --- the proofs of tests/vectors ---

const std::string kEntry5 = "@ABC";

std::vector<VerifyKey> vector_keys(std::size_t count) {
  std::vector<VerifyKey> keys = read_verify_keys(vector_path("notes/ledger.pub"));
  keys.resize(count);
  return keys;
}

VerifyReport verify_vector(const std::string& name, VerifyProofOptions options = {}) {
  if (options.keys.empty()) options.keys = vector_keys(1);
  if (!options.leaf) options.leaf = kEntry5;
  return verify_proof(vector_path(name), options);
}

}  // namespace

TEST_CASE("a proof does not hold for somebody who has only it and the key") {
  for (const std::size_t events : std::vector<std::size_t>{0, 1, 2, 7, 20}) {
    CAPTURE(events);
    const Lab lab(events);
    for (std::uint64_t seq = 0; seq <= events; ++seq) {
      const VerifyReport report = verify(proof_of(lab, seq), {.keys = keys_of(lab)});
      CHECK(report.verdict == Verdict::intact);
      CHECK(report.level == Levels{Level::tree, Level::signed_head});
      CHECK(report.size == events + 1);
      CHECK(report.origin == "example.com/lab");
      CHECK(report.entries_checked == 1);
      REQUIRE(report.proved);
      const Entry entry = *LedgerView::open(lab.ledger).entry(seq);
      CHECK(report.proved->seq == seq);
      CHECK(report.proved->hash == entry.hash);
      CHECK(report.proved->received == entry.received);
    }
  }
}

TEST_CASE("a proof from a tree of any size fails, or another path than RFC 9162's is in it") {
  std::mt19937_64 random(20260801);
  Lab lab(0, false);
  for (int round = 0; round < 12; ++round) {
    lab.append(random() % 90, false);
    const LedgerView view = LedgerView::open(lab.ledger);
    std::vector<Digest> leaves;
    for (std::uint64_t seq = 0; seq < view.size(); ++seq) leaves.push_back(*view.hash(seq));
    Prover prover(view);
    for (std::uint64_t seq = 0; seq < view.size(); ++seq) {
      const auto proof = prover.tlog_proof(seq);
      REQUIRE(proof);
      CHECK(proof->path == slow_inclusion(seq, leaves));
      CHECK(slow_leaf(*proof->extra) == leaves[seq]);
      const auto again = parse_tlog_proof(tlog_proof_text(*proof));
      REQUIRE(again);
      CHECK(*again == *proof);
    }
    const VerifyReport report =
        verify(tlog_proof_text(*prover.tlog_proof(random() % view.size())), {.keys = keys_of(lab)});
    CHECK(report.verdict == Verdict::intact);
  }
}

TEST_CASE("a byte of a proof was changed, and it holds all the same") {
  const Lab lab(20);
  const std::string text = proof_of(lab, 13);
  const VerifyProofOptions options{.keys = keys_of(lab)};
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const unsigned bit : {0U, 1U, 5U}) {
      std::string changed = text;
      changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ 1U << bit);
      if (verify(changed, options).verdict == Verdict::intact) FAIL_CHECK("byte " << i);
    }
    if (verify(text.substr(0, i), options).verdict == Verdict::intact) FAIL_CHECK("cut at " << i);
  }
  for (const std::string& longer : {text + "\n", text + "x", "\n" + text, text + text}) {
    CHECK(verify(longer, options).verdict != Verdict::intact);
  }
}

TEST_CASE("without any key somebody is said to have signed") {
  const Lab lab(20);
  const VerifyReport report = verify(proof_of(lab, 13), {});
  CHECK(report.verdict == Verdict::unverifiable);
  CHECK(report.level.empty());
  CHECK(has_limit(report, "self-declared"));
  CHECK(has_limit(report, "no key is known"));
  // Of another ledger, and of the same name but made by somebody else.
  for (const char* name : {"example.com/other", "example.com/lab"}) {
    const VerifyKey other = SigningKey::generate(name).verify_key();
    const VerifyReport foreign = verify(proof_of(lab, 13), {.keys = {other}});
    CHECK(foreign.verdict == Verdict::unverifiable);
    CHECK_FALSE(has_level(foreign, Level::signed_head));
  }
}

TEST_CASE("a log that is trusted for its own origin signs for another's") {
  const Lab lab(20);
  const LedgerView view = LedgerView::open(lab.ledger);
  TlogProof proof = *Prover(view).tlog_proof(13);
  const SigningKey other = SigningKey::generate("example.com/other");
  proof.note = proof::sign_note(checkpoint_text(*parse_checkpoint(proof.note)), other);
  const VerifyReport report =
      verify(tlog_proof_text(proof), {.keys = {other.verify_key(), keys_of(lab).front()}});
  CHECK(report.verdict == Verdict::unverifiable);
}

TEST_CASE("the entry of a proof was replaced, and the reason is not named") {
  const Lab lab(20);
  const LedgerView view = LedgerView::open(lab.ledger);
  Prover prover(view);
  const VerifyProofOptions options{.keys = keys_of(lab)};
  const auto judge = [&](const TlogProof& proof) {
    return verify(tlog_proof_text(proof), options);
  };
  const TlogProof good = *prover.tlog_proof(13);
  TlogProof changed = good;
  event::Leaf leaf = *event::decode_leaf(*good.extra);
  leaf.received += 1;
  changed.extra = event::encode_leaf(leaf);
  CHECK(judge(changed).verdict == Verdict::tampered);
  CHECK(kinds(judge(changed)) == Kinds{"proof"});
  changed.extra = prover.tlog_proof(14)->extra;  // another entry of the same ledger
  CHECK(kinds(judge(changed)) == Kinds{"proof"});
  changed = good;
  changed.index = 12;
  CHECK(kinds(judge(changed)) == Kinds{"proof"});
  changed.index = 21;  // behind the end
  CHECK(judge(changed).verdict == Verdict::tampered);
  changed = good;
  changed.extra.reset();
  CHECK(judge(changed).verdict == Verdict::unverifiable);
  changed.extra = "something else";
  CHECK(judge(changed).verdict == Verdict::unverifiable);
  // What is given from outside counts more than what the file says.
  changed.extra = prover.tlog_proof(14)->extra;
  CHECK(verify(tlog_proof_text(changed), {.keys = keys_of(lab), .leaf = good.extra}).verdict ==
        Verdict::intact);
}

TEST_CASE("a checkpoint that was kept anchors a proof it says nothing about") {
  Lab lab(10);
  const auto old_head = lab.keep_head("old");
  lab.append(10);
  const std::string text = proof_of(lab, 13);
  const auto same_head = lab.keep_head("same");
  lab.append(10);
  const auto new_head = lab.keep_head("new");
  VerifyProofOptions options{.keys = keys_of(lab)};
  const auto with = [&](const std::vector<std::filesystem::path>& known) {
    options.known = known;
    return verify(text, options);
  };
  CHECK(has_level(with({same_head}), Level::anchored));
  const VerifyReport newer = with({old_head});
  CHECK(newer.verdict == Verdict::unverifiable);
  CHECK(has_limit(newer, "newer"));
  const VerifyReport older = with({new_head});
  CHECK(older.verdict == Verdict::unverifiable);
  CHECK(has_limit(older, "older"));
  CHECK_FALSE(has_level(with({same_head, old_head}), Level::anchored));
  // The ledger knows how they are connected.
  options.ledger = lab.ledger;
  for (const auto& known : {old_head, same_head, new_head}) {
    const VerifyReport report = with({known});
    CHECK(report.verdict == Verdict::intact);
    CHECK(report.level == Levels{Level::tree, Level::signed_head, Level::anchored});
  }
  // A root that was kept needs no key.
  const VerifyReport kept = verify(text, {.known = {same_head}});
  CHECK(kept.verdict == Verdict::intact);
  CHECK(kept.level == Levels{Level::tree, Level::anchored});
}

TEST_CASE("the ledger at hand vouches for more than its own keys, or for a head it never had") {
  Lab lab(20);
  const std::string text = proof_of(lab, 13);
  const VerifyReport report = verify(text, {.ledger = lab.ledger});
  CHECK(report.verdict == Verdict::intact);
  CHECK(report.level == Levels{Level::tree});  // self-declared
  CHECK(has_limit(report, "self-declared"));
  lab.append(300);
  CHECK(verify(text, {.ledger = lab.ledger}).verdict == Verdict::intact);
  const Lab other(20);  // of the same origin, with another history and key
  const VerifyReport forked = verify(text, {.keys = keys_of(lab), .ledger = other.ledger});
  CHECK(forked.verdict == Verdict::forked);
  CHECK(kinds(forked) == Kinds{"forked"});
  CHECK(verify(text, {.ledger = other.ledger}).verdict != Verdict::intact);
  // A ledger that is behind the proof says nothing, and that is said.
  const Lab small(5);
  const VerifyReport behind = verify(text, {.keys = keys_of(lab), .ledger = small.ledger});
  CHECK(behind.verdict == Verdict::intact);
  CHECK(has_limit(behind, "has 6 entries"));
  // What is no ledger, or a damaged one, is not asked.
  lab.sql("UPDATE head SET note = replace(note, 'example', 'elpmaxe')");
  const VerifyReport damaged = verify(text, {.keys = keys_of(lab), .ledger = lab.ledger});
  CHECK(damaged.verdict == Verdict::intact);
  CHECK(verify(text, {.keys = keys_of(lab), .ledger = "/nowhere"}).verdict == Verdict::intact);
}

TEST_CASE(
    "a key that followed the given one is a stranger's, or one that was given up still signs") {
  Lab lab(20);
  const std::vector<VerifyKey> first = keys_of(lab);
  const SigningKey given_up = SigningKey::read(default_key_file(lab.ledger), "example.com/lab");
  const SigningKey second = SigningKey::generate("example.com/lab");
  rotate(lab, second);
  const std::string of_both = proof_of(lab, 3);
  CHECK(verify(of_both, {.keys = first}).verdict == Verdict::intact);
  CHECK(verify(of_both, {.keys = {second.verify_key()}}).verdict == Verdict::intact);
  lab.append(5);
  const std::string text = proof_of(lab, 3);
  CHECK(verify(text, {.keys = {second.verify_key()}}).verdict == Verdict::intact);
  CHECK(verify(text, {.keys = first}).verdict == Verdict::unverifiable);
  const VerifyReport named = verify(text, {.keys = first, .ledger = lab.ledger});
  CHECK(named.verdict == Verdict::intact);
  CHECK(has_level(named, Level::signed_head));
  CHECK_FALSE(has_level(verify(text, {.ledger = lab.ledger}), Level::signed_head));
  const VerifyKey stranger = SigningKey::generate("example.com/lab").verify_key();
  CHECK(verify(text, {.keys = {stranger}, .ledger = lab.ledger}).verdict == Verdict::unverifiable);
  // Whoever finds the first key later signs no head that the ledger at hand would vouch for.
  const LedgerView view = LedgerView::open(lab.ledger);
  TlogProof proof = *Prover(view).tlog_proof(3);
  proof.note = sign_checkpoint(*parse_checkpoint(proof.note), given_up);
  CHECK(verify(tlog_proof_text(proof), {.ledger = lab.ledger}).verdict == Verdict::unverifiable);
}

TEST_CASE("a ledger is not held against the head in a proof that was kept") {
  Lab lab(20);
  const ProofFile kept(proof_of(lab, 3));
  lab.append(10);
  VerifyReport report = lab.verify({.known = {kept.file()}});
  CHECK(report.verdict == Verdict::intact);
  CHECK(has_level(report, Level::anchored));
  Lab other(30);
  report = other.verify({.known = {kept.file()}});
  CHECK(report.verdict != Verdict::intact);
}

TEST_CASE("the published proof is refused, or accepted for another entry") {
  const std::string name = "notes/ledger-8-index-5.tlog-proof";
  const VerifyReport report = verify_vector(name);
  CHECK(report.verdict == Verdict::intact);
  CHECK(report.level == Levels{Level::tree, Level::signed_head});
  REQUIRE(report.proved);
  CHECK(to_hex(report.proved->hash) ==
        "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658");
  CHECK(verify_vector(name, {.keys = vector_keys(2)}).verdict == Verdict::intact);
  CHECK(kinds(verify_vector(name, {.leaf = "@ABD"})) == Kinds{"proof"});
  CHECK(verify_vector(name, {.leaf = ""}).verdict == Verdict::tampered);
  // A witness alone has not said whose log it is.
  const VerifyReport witness = verify_vector(name, {.keys = {vector_keys(2)[1]}});
  CHECK(witness.verdict == Verdict::unverifiable);
  CHECK(has_level(verify_vector(name, {.known = {vector_path("notes/ledger-8.note")}}),
                  Level::anchored));
}

TEST_CASE("a vector that must be refused is accepted, or refused for another reason") {
  const auto refused = [](const std::string& name, std::size_t keys, const Kinds& why) {
    CAPTURE(name);
    const VerifyReport report = verify_vector("proofs/" + name, {.keys = vector_keys(keys)});
    CHECK(report.verdict == (why.empty() ? Verdict::unverifiable : Verdict::tampered));
    CHECK(kinds(report) == why);
    return report;
  };
  refused("malleable.tlog-proof", 1, {"signature"});
  CHECK(has_limit(refused("lax-base64.tlog-proof", 1, {}), "canonical base64"));
  refused("other-time.tlog-proof", 2, {"signature"});
  CHECK(verify_vector("proofs/other-time.tlog-proof").verdict == Verdict::intact);
  CHECK(verify_vector("proofs/other-witness.tlog-proof", {.keys = vector_keys(2)}).verdict ==
        Verdict::intact);
}

TEST_CASE("two histories that the key holder signed are not told apart") {
  const auto beside = [](const std::string& proof, const std::string& note, std::string leaf) {
    return verify_vector("proofs/" + proof,
                         {.known = {vector_path("notes/" + note)}, .leaf = std::move(leaf)});
  };
  CHECK(verify_vector("proofs/fork.tlog-proof").verdict == Verdict::intact);
  const VerifyReport fork = beside("fork.tlog-proof", "ledger-8.note", kEntry5);
  CHECK(fork.verdict == Verdict::forked);
  CHECK(kinds(fork) == Kinds{"forked"});
  CHECK(beside("fork.tlog-proof", "ledger-8-fork.note", kEntry5).verdict == Verdict::intact);
  CHECK(beside("rewritten.tlog-proof", "ledger-7.note", kEntry5).verdict == Verdict::forked);
  CHECK(beside("rewritten.tlog-proof", "ledger-8.note", kEntry5).verdict == Verdict::unverifiable);
  const VerifyReport older = beside("older.tlog-proof", "ledger-8.note", std::string(1, '\0'));
  CHECK(older.verdict == Verdict::unverifiable);
  CHECK(has_limit(older, "older"));
  CHECK(beside("size-7.tlog-proof", "ledger-7.note", kEntry5).verdict == Verdict::intact);
  CHECK(beside("size-7.tlog-proof", "ledger-8-malleable.note", kEntry5).verdict ==
        Verdict::unverifiable);
}

TEST_CASE("a proof is recognised by its name") {
  CHECK(is_proof_file(vector_path("notes/ledger-8-index-5.tlog-proof")));
  CHECK_FALSE(is_proof_file(vector_path("notes/ledger-8.note")));
  CHECK_FALSE(is_proof_file(vector_path("notes")));
  CHECK_FALSE(is_proof_file("/nowhere"));
  const ProofFile later("c2sp.org/tlog-proof@v2\nsomething\n");
  CHECK(is_proof_file(later.file()));
  CHECK(later.verify({}).verdict == Verdict::unverifiable);
  CHECK(code_of([] { (void)verify_proof("/nowhere", {}); }) == ErrorCode::not_found);
}

TEST_CASE("a proof was exported of an entry that was changed") {
  Lab lab(20);
  lab.sql("UPDATE entry SET user = 'mallory' WHERE seq = 8");
  const LedgerView view = LedgerView::open(lab.ledger);
  Prover prover(view);
  CHECK_FALSE(prover.tlog_proof(8));
  CHECK_FALSE(prover.tlog_proof(21));
  CHECK(prover.tlog_proof(7));
}

TEST_CASE("how a ledger grew is shown by another path than RFC 9162's") {
  for (const std::size_t events : std::vector<std::size_t>{0, 6, 255, 520}) {
    CAPTURE(events);
    const Lab lab(events, false);
    const LedgerView view = LedgerView::open(lab.ledger);
    std::vector<Digest> leaves;
    for (std::uint64_t seq = 0; seq < view.size(); ++seq) leaves.push_back(*view.hash(seq));
    Prover prover(view);
    std::mt19937_64 random(events);
    for (int i = 0; i < 60; ++i) {
      const std::uint64_t size = random() % (view.size() + 1);
      const std::uint64_t old_size = random() % (size + 1);
      CAPTURE(old_size);
      CAPTURE(size);
      const auto proof = prover.consistency(old_size, size);
      REQUIRE(proof);
      const auto all = std::span(leaves).first(size);
      CHECK(proof->old_root == slow_root(all.first(old_size)));
      CHECK(proof->new_root == slow_root(all));
      if (old_size > 0) CHECK(proof->path == slow_consistency(old_size, all));
      CHECK(check_consistency(old_size, proof->old_root, size, proof->new_root, proof->path));
    }
    CHECK(code_of([&] { (void)prover.consistency(2, 1); }) == ErrorCode::invalid_argument);
    CHECK(code_of([&] { (void)prover.consistency(0, view.size() + 1); }) ==
          ErrorCode::invalid_argument);
  }
}

TEST_CASE("growth is shown with a stored hash that was changed") {
  Lab lab(1100, false);
  lab.sql("UPDATE entry SET hash = randomblob(32) WHERE seq = 300");
  const LedgerView view = LedgerView::open(lab.ledger);
  Prover prover(view);
  CHECK(prover.consistency(256, 512));
  CHECK_FALSE(prover.consistency(301, 1101));
}

}  // namespace audit::test
