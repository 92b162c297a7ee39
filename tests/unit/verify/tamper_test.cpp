// One attack each: what someone with write access to the file, but without the key, can do to it.
#include <audit/proof.hpp>

#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "event/commitment.hpp"
#include "lab.hpp"
#include "ledger/evidence.hpp"
#include "ledger/row.hpp"
#include "proof/merkle.hpp"

namespace audit::test {

namespace {

using Kinds = std::set<std::string>;
using Seqs = std::set<std::uint64_t>;

// Computes all hashes from `first` on anew, and the subtrees, as an attacker without the key would.
void rehash_from(const Lab& lab, std::uint64_t first) {
  std::vector<std::pair<std::uint64_t, Digest>> hashes;
  {
    const ledger::EvidenceSnapshot snapshot = ledger::open_snapshot(lab.ledger);
    ledger::WordReader words(snapshot.database);
    ledger::RowReader reader(words, FieldSet::all(), ledger::RowReader::Parts::everything);
    ledger::Statement rows = snapshot.database.prepare("SELECT " + reader.column_list() +
                                                       " FROM entry WHERE seq >= 0 ORDER BY seq");
    event::Committer committer;
    ledger::Row row;
    Digest previous;
    while (rows.step()) {
      reader.read(rows, row);
      Digest hash = row.entry.hash;
      if (row.entry.seq >= first) {
        const Digest payload = row.stored == 0 ? committer.no_payload(*row.salt_p)
                                               : committer.payload(*row.salt_p, row.entry.payload);
        hash = committer.entry(row.entry.seq, nanoseconds(row.entry.received), previous,
                               committer.envelope(row.entry.envelope, *row.salt_e), payload);
      }
      hashes.emplace_back(row.entry.seq, hash);
      previous = hash;
    }
  }
  RawDatabase raw(lab.ledger);
  proof::CompactRange tree;
  for (const auto& [seq, hash] : hashes) {
    raw.run("UPDATE entry SET hash = ?1 WHERE seq = " + std::to_string(seq),
            {std::string(base::bytes_of(hash))});
    tree.append(hash, [&](unsigned level, std::uint64_t number, const Digest& root) {
      if (level != 8) return;
      raw.run("UPDATE subtree SET hash = ?1 WHERE level = 1 AND number = " + std::to_string(number),
              {std::string(base::bytes_of(root))});
    });
  }
}

// Nothing but this may be found, in this entry.
void check_blames(const Lab& lab, const Kinds& expected_kinds, const Seqs& expected_seqs) {
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(kinds(report) == expected_kinds);
  CHECK(named(report) == expected_seqs);
}

}  // namespace

TEST_CASE("any column of an entry edited: that entry is named, and no other") {
  Lab lab(40);
  const std::string row = "seq = 9";
  const std::vector<std::pair<std::string, std::string>> edits{
      {"received", "received + 1"},
      {"salt_e", "zeroblob(16)"},
      {"salt_p", "zeroblob(16)"},
      {"type", "(SELECT id FROM word WHERE text = 'sys.created')"},
      {"type", "NULL"},
      {"time", "time + 1"},
      {"time", "NULL"},
      {"event_id", "X'00112233445566778899aabbccddeeff'"},
      {"agent", "agent + 1"},
      {"environment", "NULL"},
      {"user", "'mallory@example.com'"},
      {"user", "NULL"},
      {"session", "session || ' '"},
      {"trace", "X'00'"},
      {"span", "NULL"},
      {"parent", "X'00'"},
      {"model", "agent"},
      {"provider", "agent"},
      {"tool", "agent"},
      {"tool_call_id", "'call-none'"},
      {"status", "agent"},
      {"duration_us", "1501"},
      {"tokens_in", "0"},
      {"tokens_out", "0"},
      {"cost_nano", "1"},
      {"policy", "agent"},
      {"decision", "agent"},
      {"approval", "agent"},
      {"risk", "agent"},
      {"format", "agent"},
      {"source", "agent"},
      {"position", "0"},
      {"part_of", "0"},
      {"more", "NULL"},
      {"payload", "CAST(replace(CAST(payload AS TEXT), 'fox', 'fax') AS BLOB)"},
      {"payload", "X''"},
  };
  for (const auto& [column, value] : edits) {
    CAPTURE(column);
    CAPTURE(value);
    const std::filesystem::path copy = lab.folder / "copy";
    std::filesystem::copy_file(lab.ledger, copy, std::filesystem::copy_options::overwrite_existing);
    RawDatabase(copy).run("UPDATE entry SET " + column + " = " + value + " WHERE " + row);
    const VerifyReport report = verify_ledger(copy, {.quick = true});
    CHECK(report.verdict == Verdict::tampered);
    CHECK(named(report, "entry") == Seqs{9});
    CHECK(named(report) == Seqs{9});
  }
}

TEST_CASE("each byte of `more` edited is noticed") {
  const Lab lab(12);
  const std::string more = lab.value("SELECT more FROM entry WHERE seq = 5");
  REQUIRE(more.size() > 50);
  const std::filesystem::path copy = lab.folder / "copy";
  std::filesystem::copy_file(lab.ledger, copy);
  for (std::size_t i = 0; i < more.size(); ++i) {
    CAPTURE(i);
    std::string edited = more;
    edited[i] = static_cast<char>(edited[i] ^ 1);
    RawDatabase(copy).run("UPDATE entry SET more = ?1 WHERE seq = 5", {edited});
    const VerifyReport report = verify_ledger(copy, {.quick = true});
    CHECK(report.verdict == Verdict::tampered);
    CHECK(named(report) == Seqs{5});
  }
}

TEST_CASE("the boundary between two fields shifted: the entry is named") {
  Lab lab;
  lab.sql(
      "UPDATE entry SET user = user || substr(session, 1, 1), session = substr(session, 2) "
      "WHERE seq = 4");
  check_blames(lab, {"entry"}, {4});
}

TEST_CASE("a field moved into another: the entry is named") {
  Lab lab;
  lab.sql("UPDATE entry SET tokens_in = duration_us, duration_us = NULL WHERE seq = 4");
  check_blames(lab, {"entry"}, {4});
}

TEST_CASE("an empty payload instead of none, and none instead of one: the entry is named") {
  Lab lab;
  lab.sql("UPDATE entry SET stored = 1, payload = X'' WHERE seq = 6");
  check_blames(lab, {"entry"}, {6});
}

TEST_CASE("a payload blanked without an erasure entry: the entry is named") {
  Lab lab;
  lab.sql("UPDATE entry SET stored = 0, payload = NULL WHERE seq = 3");
  check_blames(lab, {"entry"}, {3});
  lab.sql("UPDATE entry SET stored = 3 WHERE seq = 3");
  check_blames(lab, {"encoding", "entry"}, {3});
}

TEST_CASE("a changed hash cell blames its own row only") {
  Lab lab;
  lab.sql("UPDATE entry SET hash = randomblob(32) WHERE seq = 7");
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(named(report, "hash") == Seqs{7});
  CHECK(named(report) == Seqs{7});
  CHECK(kinds(report) == Kinds{"hash", "head"});
}

TEST_CASE("a changed hash cell of the last entry is that entry's fault") {
  Lab lab(9);
  lab.sql("UPDATE entry SET hash = randomblob(32) WHERE seq = 9");
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(named(report, "entry") == Seqs{9});
  CHECK(named(report) == Seqs{9});
}

TEST_CASE("several hash cells in a row changed: each is named, and the entry behind them is not") {
  Lab lab;
  lab.sql("UPDATE entry SET hash = randomblob(32) WHERE seq IN (7, 8, 9)");
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(named(report) == Seqs{7, 8, 9});
  CHECK(named(report, "hash") == Seqs{9});
}

TEST_CASE("a hash that is not 32 bytes, or not bytes: its own row only") {
  for (const char* value : {"X'00'", "zeroblob(33)", "CAST('text' AS BLOB)"}) {
    Lab lab;
    lab.sql(std::string("UPDATE entry SET hash = ") + value + " WHERE seq = 7");
    const VerifyReport report = lab.verify({.quick = true});
    CHECK(report.verdict == Verdict::tampered);
    CHECK(named(report, "encoding") == Seqs{7});
    CHECK(named(report, "hash") == Seqs{7});
    CHECK(named(report) == Seqs{7});
  }
}

TEST_CASE("bad entries next to each other, on both sides of where ranges meet") {
  Lab lab(9000, false);  // ranges of 4096
  lab.sql("UPDATE entry SET payload = X'00', stored = 1 WHERE seq IN (4094, 4095, 4096)");
  lab.sql("UPDATE entry SET hash = randomblob(32) WHERE seq IN (8190, 8191)");
  for (const unsigned threads : {1U, 3U}) {
    const VerifyReport report = lab.verify({.quick = true, .threads = threads});
    CHECK(named(report) == Seqs{4094, 4095, 4096, 8190, 8191});
    CHECK(named(report, "entry") == Seqs{4094, 8190});
    CHECK(named(report, "chain") == Seqs{4095, 4096});
    CHECK(named(report, "hash") == Seqs{8191});  // 8192 follows from what it should be
  }
}

TEST_CASE("a run of bad entries longer than a range: all are named, the next is not") {
  Lab lab(9500, false);
  lab.sql("UPDATE entry SET hash = randomblob(32) WHERE seq BETWEEN 4000 AND 8500");
  const VerifyReport report = lab.verify({.quick = true});
  const Seqs seqs = named(report);
  CHECK(seqs.size() == 4501);
  CHECK(*seqs.begin() == 4000);
  CHECK(*seqs.rbegin() == 8500);
}

TEST_CASE(
    "an entry edited together with its own hash: the one behind no longer follows, and is named") {
  Lab lab;
  const std::string behind = lab.value("SELECT hash FROM entry WHERE seq = 6");
  lab.sql("UPDATE entry SET cost_nano = 0 WHERE seq = 5");
  rehash_from(lab, 5);
  CHECK(kinds(lab.verify({.quick = true})) == Kinds{"head"});  // the chain agrees with itself
  lab.sql("UPDATE entry SET hash = ?1 WHERE seq = 6", {behind});
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(named(report) == Seqs{6});
}

TEST_CASE(
    "an entry edited and every later hash recomputed without the key: the head does not fit") {
  Lab lab(20'100, false);
  lab.sql("UPDATE entry SET cost_nano = 0 WHERE seq = 15000");
  rehash_from(lab, 15'000);
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  // The checkpoint at 10,000 still fits, that at 20,000 and the head do not.
  CHECK(kinds(report) == Kinds{"head", "checkpoint"});
  CHECK(report.findings.size() == 2);
  CHECK(status_of(report, "chain") == Check::Status::pass);
  CHECK(status_of(report, "checkpoints") == Check::Status::fail);
}

TEST_CASE("an entry deleted: it is named, and the next one is not blamed for it") {
  Lab lab;
  lab.sql("DELETE FROM entry WHERE seq = 8");
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(named(report) == Seqs{8});
  CHECK(named(report, "missing") == Seqs{8});
}

TEST_CASE("an entry deleted and the others moved up: the gap shows") {
  Lab lab;
  lab.sql("DELETE FROM entry WHERE seq = 8");
  for (int seq = 9; seq <= 20; ++seq) {
    lab.sql("UPDATE entry SET seq = seq - 1 WHERE seq = " + std::to_string(seq));
  }
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(named(report, "entry").count(8) == 1);
  CHECK(named(report, "missing") == Seqs{20});  // the head counts it
}

TEST_CASE("several entries deleted, the first and whole ranges among them: each is named") {
  Lab lab(9000, false);
  lab.sql("DELETE FROM entry WHERE seq IN (0, 17, 18) OR seq BETWEEN 4000 AND 8999");
  const VerifyReport report = lab.verify({.quick = true});
  const Seqs missing = named(report, "missing");
  CHECK(missing.size() == 5003);
  for (const std::uint64_t seq : {0UL, 17UL, 18UL, 4000UL, 6000UL, 8999UL})
    CHECK(missing.count(seq) == 1);
}

TEST_CASE("two entries swapped: both are named") {
  Lab lab;
  lab.sql(
      "UPDATE entry SET seq = 1000 WHERE seq = 5; UPDATE entry SET seq = 5 WHERE seq = 6; "
      "UPDATE entry SET seq = 6 WHERE seq = 1000");
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  const Seqs seqs = named(report);
  CHECK(seqs.count(5) == 1);
  CHECK(seqs.count(6) == 1);
  for (const std::uint64_t seq : seqs) CHECK((seq >= 5 && seq <= 7));
}

TEST_CASE("an entry inserted in the middle: it is named") {
  Lab lab;
  for (int seq = 20; seq >= 8; --seq) {
    lab.sql("UPDATE entry SET seq = seq + 1 WHERE seq = " + std::to_string(seq));
  }
  lab.sql(
      "CREATE TEMP TABLE t AS SELECT * FROM entry WHERE seq = 7; UPDATE t SET seq = 8; "
      "INSERT INTO entry SELECT * FROM t");
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(named(report, "entry").count(8) == 1);
  CHECK(kinds(report).count("head") == 1);
}

TEST_CASE("an entry with a negative number is found") {
  Lab lab;
  lab.sql(
      "CREATE TEMP TABLE t AS SELECT * FROM entry WHERE seq = 7; UPDATE t SET seq = -1; "
      "INSERT INTO entry SELECT * FROM t");
  check_blames(lab, {"order"}, {});
}

TEST_CASE("an entry with a number far above all others: what is missing between is counted") {
  Lab lab;
  lab.sql("UPDATE entry SET seq = 9000000000000000000 WHERE seq = 20");
  const VerifyReport report = lab.verify({.quick = true, .max_findings = 100});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(kinds(report).count("missing") == 1);
  CHECK(report.findings.size() == 100);
  CHECK(report.findings_not_listed > 8'000'000'000'000'000'000U);
}

TEST_CASE("entries appended without a signed head are found") {
  Lab lab;
  lab.sql(
      "CREATE TEMP TABLE t AS SELECT * FROM entry WHERE seq = 20; UPDATE t SET seq = 21; "
      "INSERT INTO entry SELECT * FROM t");
  rehash_from(lab, 21);
  check_blames(lab, {"head"}, {21});
}

TEST_CASE("the tail cut off under the newest head: what is missing is named") {
  Lab lab;
  lab.sql("DELETE FROM entry WHERE seq >= 18");
  check_blames(lab, {"head", "missing"}, {18, 19, 20});
}

TEST_CASE("the head removed, doubled, or that of another size") {
  Lab lab;
  const std::filesystem::path old_head = lab.keep_head("old");
  lab.append(5);
  const std::string note = lab.value("SELECT note FROM head");
  lab.sql("DELETE FROM head");
  check_blames(lab, {"head"}, {});
  lab.sql("INSERT INTO head VALUES(1, CAST(?1 AS TEXT))", {note});
  CHECK(lab.verify({.quick = true}).verdict == Verdict::intact);
  lab.sql("PRAGMA ignore_check_constraints=ON; INSERT INTO head SELECT 2, note FROM head");
  check_blames(lab, {"head"}, {});
  lab.sql("DELETE FROM head WHERE one = 1");
  check_blames(lab, {"head"}, {});
  lab.sql("UPDATE head SET one = 1");
  CHECK(lab.verify({.quick = true}).verdict == Verdict::intact);
}

TEST_CASE("the old head put back over newer entries: they are unsigned, and the first is named") {
  Lab lab;
  const std::string old_note = lab.value("SELECT note FROM head");
  lab.append(5);
  lab.sql("UPDATE head SET note = CAST(?1 AS TEXT)", {old_note});
  check_blames(lab, {"head"}, {21});
}

TEST_CASE("a head signed by another key of the same name is found") {
  Lab lab;
  const VerifyReport before = lab.verify();
  const SigningKey mallory = SigningKey::generate("example.com/lab");
  const std::string note = sign_checkpoint({"example.com/lab", before.size, before.root}, mallory);
  lab.sql("UPDATE head SET note = CAST(?1 AS TEXT)", {note});
  check_blames(lab, {"signature"}, {});
}

TEST_CASE("a head with a signature that does not verify, and one with more lines, are found") {
  Lab lab;
  std::string note = lab.value("SELECT note FROM head");
  const std::string second_line = note.substr(note.find("\n\n") + 2);
  lab.sql("UPDATE head SET note = CAST(?1 AS TEXT)", {note + second_line});
  check_blames(lab, {"signature"}, {});
  const std::size_t at = note.size() - 20;
  note[at] = note[at] == 'A' ? 'B' : 'A';
  lab.sql("UPDATE head SET note = CAST(?1 AS TEXT)", {note});
  check_blames(lab, {"signature"}, {});
}

TEST_CASE("a head that says more than origin, size and root is found") {
  Lab lab(0);
  const VerifyReport before = lab.verify();
  const SigningKey key = SigningKey::read(default_key_file(lab.ledger), "example.com/lab");
  const std::string text =
      checkpoint_text({"example.com/lab", before.size, before.root}) + "more\n";
  const std::string signature = key.sign(text);
  const auto id = key.verify_key().id();
  const std::string blob =
      std::string(reinterpret_cast<const char*>(id.data()), id.size()) + signature;
  lab.sql("UPDATE head SET note = CAST(?1 AS TEXT)",
          {text + "\n\xe2\x80\x94 example.com/lab " + base::to_base64(blob) + "\n"});
  check_blames(lab, {"head"}, {});
}

TEST_CASE("a kept checkpoint removed, added or replaced is found") {
  Lab lab(10'050, false);
  REQUIRE(lab.verify({.quick = true}).verdict == Verdict::intact);
  const std::string note = lab.value("SELECT note FROM checkpoint WHERE size = 10000");
  REQUIRE(!note.empty());
  lab.sql("DELETE FROM checkpoint");
  check_blames(lab, {"checkpoint"}, {});
  lab.sql("INSERT INTO checkpoint VALUES(10000, CAST(?1 AS TEXT)), (5000, CAST(?1 AS TEXT))",
          {note});
  check_blames(lab, {"checkpoint"}, {});
  lab.sql(
      "DELETE FROM checkpoint WHERE size = 5000; "
      "UPDATE checkpoint SET note = (SELECT note FROM head)");
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(kinds(report) == Kinds{"checkpoint"});
  lab.sql("UPDATE checkpoint SET note = 'hello'");
  CHECK(kinds(lab.verify({.quick = true})).count("checkpoint") == 1);
}

TEST_CASE("a stored subtree changed, removed or added is found") {
  Lab lab(600, false);
  REQUIRE(lab.number("SELECT count(*) FROM subtree") == 2);
  const std::string hash = lab.value("SELECT hash FROM subtree WHERE level = 1 AND number = 1");
  lab.sql("UPDATE subtree SET hash = zeroblob(32) WHERE number = 1");
  check_blames(lab, {"subtree"}, {});
  lab.sql("DELETE FROM subtree WHERE number = 1");
  check_blames(lab, {"subtree"}, {});
  lab.sql("INSERT INTO subtree VALUES(1, 1, ?1), (1, 2, ?1)", {hash});
  check_blames(lab, {"subtree"}, {});
  lab.sql("UPDATE subtree SET level = 2, number = 0 WHERE number = 2");
  check_blames(lab, {"subtree"}, {});
  lab.sql("DELETE FROM subtree WHERE level = 2");
  CHECK(lab.verify({.quick = true}).verdict == Verdict::intact);
}

TEST_CASE("words: text changed, a number not used, a hole, a text twice, two numbers exchanged") {
  Lab lab;
  const std::int64_t last = lab.number("SELECT max(id) FROM word");
  const auto word = [&](const std::string& change, const std::string& back) {
    lab.sql(change);
    const VerifyReport report = lab.verify({.quick = true});
    lab.sql(back);
    CHECK(lab.verify({.quick = true}).verdict == Verdict::intact);
    return report;
  };
  const VerifyReport changed = word("UPDATE word SET text = 'refuse' WHERE text = 'refund'",
                                    "UPDATE word SET text = 'refund' WHERE text = 'refuse'");
  CHECK(changed.verdict == Verdict::tampered);
  CHECK(named(changed, "entry").size() + named(changed, "chain").size() == 20);

  const std::string next = std::to_string(last + 1);
  const VerifyReport unused = word("INSERT INTO word VALUES(" + next + ", 'unused')",
                                   "DELETE FROM word WHERE id = " + next);
  CHECK(kinds(unused) == Kinds{"word"});

  const std::string behind = std::to_string(last + 2);
  const VerifyReport hole = word("INSERT INTO word VALUES(" + behind + ", 'behind a hole')",
                                 "DELETE FROM word WHERE id = " + behind);
  CHECK(kinds(hole) == Kinds{"word"});

  const VerifyReport twice = word("INSERT INTO word VALUES(" + next + ", 'refund')",
                                  "DELETE FROM word WHERE id = " + next);
  CHECK(kinds(twice) == Kinds{"word"});

  const VerifyReport empty =
      word("INSERT INTO word VALUES(" + next + ", '')", "DELETE FROM word WHERE id = " + next);
  CHECK(kinds(empty) == Kinds{"word"});
}

TEST_CASE(
    "two words exchanged together with all numbers that stand for them: not the order of use") {
  Lab lab;
  // 'prod' and 'refund' are used by every entry, in different columns.
  const std::string prod = lab.value("SELECT id FROM word WHERE text = 'prod'");
  const std::string refund = lab.value("SELECT id FROM word WHERE text = 'refund'");
  lab.sql("UPDATE word SET text = CASE id WHEN " + prod +
          " THEN 'refund' ELSE 'prod' END WHERE id IN (" + prod + ", " + refund +
          "); UPDATE entry SET environment = " + refund + ", tool = " + prod + " WHERE seq > 0");
  check_blames(lab, {"word"}, {});
}

TEST_CASE("a value stored in another way than the format's one is found though it means the same") {
  Lab lab;
  lab.sql("UPDATE entry SET event_id = '0b6d3c1e-5f0a-4c3e-9a57-000000000002' WHERE seq = 3");
  check_blames(lab, {"encoding"}, {3});
  Lab text;
  text.sql("UPDATE entry SET tool = 'refund' WHERE seq = 3");
  check_blames(text, {"encoding"}, {3});
  Lab trace;
  trace.sql("UPDATE entry SET trace = lower(hex(trace)) WHERE seq = 3");
  check_blames(trace, {"encoding"}, {3});
}

TEST_CASE(
    "an unknown number of how a payload is stored: unverifiable, neither intact nor tampered") {
  Lab lab;
  lab.sql("UPDATE entry SET stored = 4 WHERE seq = 3");
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::unverifiable);
  CHECK(report.findings.empty());
  CHECK(has_limit(report, "does not know"));
}

TEST_CASE("a second sys.created, and system entries that do not say what they must, are found") {
  Lab lab;
  const std::uint64_t created =
      lab.append_system("sys.created", lab.value("SELECT payload FROM entry WHERE seq = 0"));
  const std::uint64_t not_json = lab.append_system("sys.access", "hello");
  const std::uint64_t two_lines = lab.append_system("sys.access", "{\n}");
  const std::uint64_t erasure = lab.append_system("sys.erasure",
                                                  "{\"entries\":[3,2],\"what\":\"payload\","
                                                  "\"authority\":\"a\",\"reason\":\"r\"}");
  const std::uint64_t fine = lab.append_system("sys.access", "{}");
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(named(report, "system") == Seqs{created, not_json, two_lines, erasure});
  CHECK(named(report).count(fine) == 0);
}

TEST_CASE("the payload of sys.created edited: entry 0 is named") {
  Lab lab;
  lab.sql(
      "UPDATE entry SET payload = CAST(replace(CAST(payload AS TEXT), 'example.com/lab', "
      "'example.com/bad') AS BLOB) WHERE seq = 0");
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(named(report, "entry") == Seqs{0});
}

TEST_CASE("a ledger made to look like another one's beginning: the key's name must be the origin") {
  Lab lab(0);
  const std::string payload = lab.value("SELECT payload FROM entry WHERE seq = 0");
  std::string edited = payload;
  edited.replace(edited.find("example.com/lab"), 15, "example.com/bad");
  lab.sql("UPDATE entry SET payload = ?1 WHERE seq = 0", {edited});
  rehash_from(lab, 0);
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(kinds(report).count("key") == 1);
}

TEST_CASE("more findings than asked for are counted") {
  Lab lab(200, false);
  lab.sql("UPDATE entry SET cost_nano = 5 WHERE seq > 0");
  const VerifyReport report = lab.verify({.quick = true, .max_findings = 10});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(report.findings.size() == 10);
  CHECK(report.findings_not_listed == 190);
}

}  // namespace audit::test
