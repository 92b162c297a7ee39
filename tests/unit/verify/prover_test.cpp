// Proofs of single entries: they hold for whoever checks them, and there is none for what was changed.
#include <audit/error.hpp>
#include <audit/proof.hpp>
#include <audit/prover.hpp>

#include <functional>
#include <utility>

#include <doctest/doctest.h>

#include "lab.hpp"
#include "slow_tree.hpp"
#include "thrown.hpp"

namespace audit::test {

namespace {

std::vector<Digest> hashes_of(const LedgerView& view) {
  std::vector<Digest> hashes;
  EntryCursor cursor = view.entries({0, view.size()}, Order::oldest_first, FieldSet(), false);
  while (cursor.next()) hashes.push_back(cursor.entry().hash);
  return hashes;
}

// The entries for which there is no proof.
std::set<std::uint64_t> unproved(const Lab& lab) {
  const LedgerView view = LedgerView::open(lab.ledger);
  Prover prover(view);
  std::set<std::uint64_t> seqs;
  for (EntryCursor cursor = view.entries({0, view.size()}); cursor.next();) {
    if (!prover.prove(cursor.entry())) seqs.insert(cursor.entry().seq);
  }
  return seqs;
}

ErrorCode error_of(const Lab& lab, const std::vector<VerifyKey>& keys = {}) {
  return code_of([&] {
    const LedgerView view = LedgerView::open(lab.ledger);
    Prover prover(view, keys);
  });
}

std::vector<VerifyKey> first_key(const Lab& lab) {
  return read_verify_keys(verify_key_file(lab.ledger));
}

}  // namespace

TEST_CASE("the path of an entry is another one than RFC 9162 defines") {
  // Around the edges of a tile of 256 leaves.
  for (const std::size_t events : std::vector<std::size_t>{0, 1, 2, 254, 255, 256, 700}) {
    CAPTURE(events);
    const Lab lab(events, false);
    const LedgerView view = LedgerView::open(lab.ledger);
    const std::vector<Digest> leaves = hashes_of(view);
    const Digest root = slow_root(leaves);
    Prover prover(view, first_key(lab));
    REQUIRE(prover.head().root == root);
    CHECK(prover.is_signed_by_given_key());
    for (EntryCursor cursor = view.entries({0, view.size()}); cursor.next();) {
      const auto proof = prover.prove(cursor.entry());
      REQUIRE(proof);
      CHECK(proof->index == cursor.entry().seq);
      CHECK(proof->size == view.size());
      CHECK(proof->path == slow_inclusion(cursor.entry().seq, leaves));
      CHECK(proof->is_whole);
    }
  }
}

TEST_CASE("a path through two levels of stored subtrees is wrong") {
  const Lab lab(66'000, false);
  const LedgerView view = LedgerView::open(lab.ledger);
  const std::vector<Digest> leaves = hashes_of(view);
  Prover prover(view);
  const std::vector<std::uint64_t> seqs{0,      1,      255,    256,    40'000,
                                        65'535, 65'536, 65'791, 65'792, 66'000};
  for (const std::uint64_t seq : seqs) {
    CAPTURE(seq);
    const auto proof = prover.prove(*view.entry(seq));
    REQUIRE(proof);
    CHECK(proof->path == slow_inclusion(seq, leaves));
  }
}

TEST_CASE("something of an entry was changed, and it is proved all the same") {
  const std::vector<std::pair<std::string, std::string>> changes{
      {"a byte of the payload", "payload = CAST(replace(payload, 'fox', 'fix') AS BLOB)"},
      {"an own field", "user = 'mallory'"},
      {"a field of the common group", "duration_us = duration_us + 1"},
      {"a word", "tool = (SELECT id FROM word WHERE text = 'prod')"},
      {"the salt of the envelope", "salt_e = randomblob(16)"},
      {"the salt of the payload", "salt_p = randomblob(16)"},
      {"when it was received", "received = received - 1"},
      {"a field that is gone", "duration_us = NULL"}};
  for (const auto& [name, change] : changes) {
    CAPTURE(name);
    Lab lab(20);
    lab.sql("UPDATE entry SET " + change + " WHERE seq = 8");
    CHECK(unproved(lab) == std::set<std::uint64_t>{8});
  }
}

TEST_CASE("a hash was changed, and an entry that needs it is proved") {
  Lab lab(1100, false);
  lab.sql("UPDATE entry SET hash = randomblob(32) WHERE seq = 300");
  // The paths of its neighbours go by it; those of others by the stored root of its 256.
  std::set<std::uint64_t> near;
  for (std::uint64_t seq = 256; seq < 512; ++seq) near.insert(seq);
  CHECK(unproved(lab) == near);
  // Where no root is stored yet, all paths go by it, that of the entry that names the key too.
  lab.sql("UPDATE entry SET hash = randomblob(32) WHERE seq = 1099");
  CHECK(error_of(lab) == ErrorCode::damaged);
}

TEST_CASE("a stored hash of the tree was changed or is gone, and something is proved") {
  for (const std::string change :
       {"UPDATE subtree SET hash = randomblob(32) WHERE level = 1 AND number = 2",
        "DELETE FROM subtree WHERE level = 1 AND number = 2",
        "UPDATE subtree SET hash = x'00' WHERE level = 1 AND number = 2"}) {
    CAPTURE(change);
    Lab lab(1100, false);
    lab.sql(change);
    CHECK(error_of(lab) == ErrorCode::damaged);
  }
}

TEST_CASE("what a search says of an entry is not what is stored, and it is proved") {
  const Lab lab(20);
  const LedgerView view = LedgerView::open(lab.ledger);
  Prover prover(view);
  const Entry good = *view.entry(7);
  REQUIRE(prover.prove(good));
  const std::vector<std::function<void(Entry&)>> changes{
      [](Entry& entry) { entry.payload += " "; },
      [](Entry& entry) { entry.payload_state = Entry::Payload::none; },
      [](Entry& entry) { entry.envelope.set_text(Field::agent, "somebody"); },
      [](Entry& entry) { entry.envelope.erase(Field::user); },
      [](Entry& entry) { entry.envelope.set_number(Field::tokens_in, 1); },
      [](Entry& entry) { entry.received += std::chrono::nanoseconds(1); },
      [](Entry& entry) { entry.hash.bytes[0] ^= 1; },
      [](Entry& entry) { entry.seq = 8; },
      [](Entry& entry) { entry.seq = 1000; }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    CAPTURE(i);
    Entry changed = good;
    changes[i](changed);
    CHECK_FALSE(prover.prove(changed));
  }
  CHECK(prover.prove(good));
}

TEST_CASE("a row is gone, and its entry or the one behind it is proved") {
  Lab lab(1100, false);
  const LedgerView before = LedgerView::open(lab.ledger);
  const Entry gone = *before.entry(300);
  const Entry behind = *before.entry(512);
  lab.sql("DELETE FROM entry WHERE seq IN (300, 511)");
  const LedgerView view = LedgerView::open(lab.ledger);
  Prover prover(view);
  CHECK_FALSE(prover.prove(gone));
  CHECK_FALSE(prover.prove(behind));
  CHECK(prover.prove(*view.entry(513)));
}

TEST_CASE("a head that another key signed, or none, proves something") {
  Lab lab(20);
  const Checkpoint head = *parse_checkpoint(lab.value("SELECT note FROM head"));
  const SigningKey stranger = SigningKey::generate("example.com/lab");
  const auto set_head = [&](const std::string& note) {
    lab.sql("UPDATE head SET note = CAST(?1 AS TEXT)", {note});
  };
  const std::string right = lab.value("SELECT note FROM head");
  std::string flipped = right;
  flipped[flipped.size() - 10] = flipped[flipped.size() - 10] == 'A' ? 'B' : 'A';
  Checkpoint other = head;
  other.root.bytes[5] ^= 1;
  for (const std::string& note :
       {sign_checkpoint(head, stranger), flipped, sign_checkpoint(other, stranger)}) {
    set_head(note);
    CHECK(error_of(lab) == ErrorCode::damaged);
  }
  set_head(right);
  CHECK(unproved(lab).empty());
  CHECK(error_of(lab, {stranger.verify_key()}) == ErrorCode::damaged);
}

TEST_CASE("keys changed, and the head is not believed, or every head is") {
  Lab lab(20);
  const std::vector<VerifyKey> first = first_key(lab);
  const SigningKey second = SigningKey::generate("example.com/lab");
  rotate(lab, second);
  CHECK(unproved(lab).empty());  // signed by both
  lab.append(20);
  const SigningKey third = SigningKey::generate("example.com/lab");
  rotate(lab, third);
  lab.append(300);
  REQUIRE(lab.verify().verdict == Verdict::intact);
  CHECK(unproved(lab).empty());
  {
    const LedgerView view = LedgerView::open(lab.ledger);
    for (const VerifyKey& key : {first.front(), second.verify_key(), third.verify_key()}) {
      CHECK(Prover(view, {key}).is_signed_by_given_key());
    }
  }
  const std::string note = lab.value("SELECT note FROM checkpoint ORDER BY size LIMIT 1");
  const auto refuse = [&](const std::string& change, const std::string& back) {
    lab.sql(change);
    CHECK(error_of(lab) == ErrorCode::damaged);
    lab.sql(back, {note});
  };
  // Without its checkpoint a change of keys was not agreed to by the key before it.
  refuse("DELETE FROM checkpoint WHERE size = 22",
         "INSERT INTO checkpoint VALUES(22, CAST(?1 AS TEXT))");
  refuse("UPDATE checkpoint SET note = replace(note, substr(note, -20, 4), 'AAAA') WHERE size = 22",
         "UPDATE checkpoint SET note = CAST(?1 AS TEXT) WHERE size = 22");
  refuse("UPDATE checkpoint SET size = 23 WHERE size = 22",
         "UPDATE checkpoint SET size = 22 WHERE size = 23 AND ?1 != ''");
  CHECK(unproved(lab).empty());
}

}  // namespace audit::test
