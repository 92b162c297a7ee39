// What was not touched must verify, however it came to be.
#include <doctest/doctest.h>

#include "lab.hpp"

namespace audit::test {

namespace {

using Seqs = std::set<std::uint64_t>;

void check_intact(const VerifyReport& report, std::uint64_t size) {
  for (const Finding& finding : report.findings) {
    INFO(finding.kind, " ", finding.seq ? std::to_string(*finding.seq) : "-", ": ",
         finding.message);
    CHECK(false);
  }
  CHECK(report.verdict == Verdict::intact);
  CHECK(report.size == size);
  CHECK(report.entries_checked == size);
  CHECK(has_level(report, Level::chain));
  CHECK(has_level(report, Level::tree));
}

// A payload as one zstd frame of one raw block (RFC 8878, section 3.1.1).
std::string zstd_frame(const std::string& payload) {
  REQUIRE(payload.size() < 256);
  const std::size_t block = payload.size() << 3 | 1;
  std::string frame = "\x28\xb5\x2f\xfd\x20";
  frame.push_back(static_cast<char>(payload.size()));
  frame.push_back(static_cast<char>(block & 0xff));
  frame.push_back(static_cast<char>(block >> 8));
  frame.push_back('\0');
  return frame + payload;
}

}  // namespace

TEST_CASE("a ledger that was just made is intact") {
  const Lab lab(0);
  const VerifyReport report = lab.verify();
  check_intact(report, 1);
  CHECK(report.origin == "example.com/lab");
  CHECK(report.erased == 0);
  CHECK(report.note == lab.value("SELECT note FROM head"));
}

TEST_CASE("a ledger is intact after appending, and after opening it again and appending more") {
  Lab lab(20);
  check_intact(lab.verify(), 21);
  lab.append(300);
  lab.append(1, false);
  check_intact(lab.verify(), 322);
}

TEST_CASE("the report's root and size are those of the signed head") {
  const Lab lab(40);
  const VerifyReport report = lab.verify();
  const auto head = parse_checkpoint(report.note);
  REQUIRE(head);
  CHECK(head->root == report.root);
  CHECK(head->size == report.size);
  CHECK(head->origin == report.origin);
}

TEST_CASE(
    "a ledger with checkpoints, subtrees and several ranges is intact with any number of threads") {
  const Lab lab(20'500);
  for (const unsigned threads : {1U, 2U, 5U}) {
    const VerifyReport report = lab.verify({.threads = threads});
    check_intact(report, 20'501);
    CHECK(has_level(report, Level::index));
    CHECK(has_level(report, Level::complete));
  }
}

TEST_CASE("everything was checked: complete; --quick says what it left out and is not complete") {
  const Lab lab(50);
  const VerifyReport full = lab.verify();
  check_intact(full, 51);
  CHECK(has_level(full, Level::index));
  CHECK(has_level(full, Level::complete));
  CHECK(status_of(full, "structure") == Check::Status::pass);
  CHECK(status_of(full, "index") == Check::Status::pass);

  const VerifyReport quick = lab.verify({.quick = true});
  check_intact(quick, 51);
  CHECK_FALSE(has_level(quick, Level::index));
  CHECK_FALSE(has_level(quick, Level::complete));
  CHECK(status_of(quick, "structure") == Check::Status::skipped);
  CHECK(status_of(quick, "index") == Check::Status::skipped);
  CHECK(has_limit(quick, "index was not compared"));
  CHECK(has_limit(quick, "SQLite's own checks"));
}

TEST_CASE(
    "without keys and without a kept checkpoint the limits say self-declared and unanchored") {
  const Lab lab(5);
  const VerifyReport report = lab.verify();
  CHECK(has_limit(report, "self-declared"));
  CHECK(has_limit(report, "unanchored"));
  CHECK_FALSE(has_level(report, Level::signed_head));
  CHECK_FALSE(has_level(report, Level::anchored));
}

TEST_CASE("a key from outside gives the level signed") {
  const Lab lab(5);
  const VerifyReport report = lab.verify({.keys = read_verify_keys(verify_key_file(lab.ledger))});
  check_intact(report, 6);
  CHECK(has_level(report, Level::signed_head));
  CHECK_FALSE(has_limit(report, "self-declared"));
  CHECK(has_limit(report, "unanchored"));
}

TEST_CASE("a kept checkpoint that the ledger extends gives the level anchored") {
  Lab lab(5);
  const auto kept = lab.keep_head("kept");
  lab.append(7);
  const auto newer = lab.keep_head("newer");
  const VerifyReport report = lab.verify({.known = {kept, newer}});
  check_intact(report, 13);
  CHECK(has_level(report, Level::anchored));
  CHECK(has_level(report, Level::signed_head));
  CHECK_FALSE(has_limit(report, "unanchored"));
  CHECK(status_of(report, "known") == Check::Status::pass);
}

TEST_CASE("an index that lags is a limit and not a finding; none at all leaves nothing unchecked") {
  Lab lab(400);
  lab.append(10, false);
  const VerifyReport lagging = lab.verify();
  check_intact(lagging, 411);
  CHECK(std::ranges::any_of(lagging.checks, [](const Check& check) {
    return check.name == "index" && check.detail.find("401 of 411 entries") != std::string::npos;
  }));
  CHECK(has_level(lagging, Level::index));

  lab.drop_index();
  const VerifyReport none = lab.verify();
  check_intact(none, 411);
  CHECK(status_of(none, "index") == Check::Status::skipped);
  CHECK_FALSE(has_level(none, Level::index));
  CHECK(has_level(none, Level::complete));
}

TEST_CASE("an index of another ledger is a limit and not a finding") {
  const Lab lab(30);
  const Lab other(30);
  std::filesystem::copy_file(index_file(other.ledger), index_file(lab.ledger),
                             std::filesystem::copy_options::overwrite_existing);
  const VerifyReport report = lab.verify();
  check_intact(report, 31);
  CHECK(has_limit(report, "belongs to another ledger"));
}

TEST_CASE("a write-ahead log that holds transactions is read, and the limits say so") {
  Lab lab(10);
  Ledger open = Ledger::open(lab.ledger);
  (void)open.append(some_events(100, 5));
  REQUIRE(std::filesystem::file_size(lab.ledger.string() + "-wal") > 0);
  const VerifyReport beside_a_writer = lab.verify();
  check_intact(beside_a_writer, 16);
  CHECK(has_limit(beside_a_writer, "-wal was part of what was read"));

  // As after a crash: the two files without a writer.
  const TempFolder copy;
  for (const char* suffix : {"", "-wal"}) {
    std::filesystem::copy_file(lab.ledger.string() + suffix,
                               copy / ("run.ledger" + std::string(suffix)));
  }
  const VerifyReport crashed = verify_ledger(copy / "run.ledger", {});
  check_intact(crashed, 16);
  CHECK(has_limit(crashed, "-wal was part of what was read"));
  CHECK_FALSE(has_limit(lab.verify({.quick = true}), "not part"));
}

TEST_CASE("payloads that were compressed later verify, and need no other proof") {
  Lab lab(20);
  const std::string payload = lab.value("SELECT payload FROM entry WHERE seq = 3");
  lab.sql("UPDATE entry SET stored = 2, payload = ?1 WHERE seq = 3", {zstd_frame(payload)});
  check_intact(lab.verify(), 21);
  lab.sql("UPDATE entry SET payload = ?1 WHERE seq = 3", {zstd_frame(payload) + "x"});
  CHECK(named(lab.verify()) == Seqs{3});
}

TEST_CASE("an event whose payload was compressed later is taken for another one when sent again") {
  Lab lab(20);
  const std::string payload = lab.value("SELECT payload FROM entry WHERE seq = 3");
  lab.sql("UPDATE entry SET stored = 2, payload = ?1 WHERE seq = 3", {zstd_frame(payload)});
  std::vector<Event> again = some_events(2, 1);  // entry 3
  Ledger open = lab.open_ledger();
  CHECK(open.append(again)[0].kind == Ledger::Outcome::Kind::duplicate);
  again[0].payload.back() = ' ';
  CHECK(open.append(again)[0].kind == Ledger::Outcome::Kind::conflict);
}

TEST_CASE("a ledger that another process writes to meanwhile verifies as of one moment") {
  Lab lab(3000);
  Ledger open = Ledger::open(lab.ledger);
  for (std::size_t i = 0; i < 5; ++i) {
    (void)open.append(some_events(10'000 + i, 1));
    const VerifyReport report = lab.verify({.threads = 3});
    check_intact(report, 3002 + i);
  }
}

TEST_CASE("what SQLite leaves unused is counted in the limits and is no finding") {
  Lab lab(300);
  lab.sql(
      "CREATE TABLE scratch(bytes BLOB); INSERT INTO scratch VALUES(zeroblob(200000)); "
      "DROP TABLE scratch");
  const VerifyReport report = lab.verify();
  check_intact(report, 301);
  CHECK(has_limit(report, "bytes of unused pages were not checked"));
}

TEST_CASE("progress is told of all entries, from one thread at a time") {
  const Lab lab(9000);
  std::uint64_t last = 0;
  std::atomic<int> inside = 0;
  const VerifyReport report =
      verify_ledger(lab.ledger, {.threads = 4}, [&](std::uint64_t done, std::uint64_t all) {
        CHECK(++inside == 1);
        CHECK(done >= last);
        CHECK(all == 9001);
        last = done;
        --inside;
      });
  check_intact(report, 9001);
  CHECK(last == 9001);
}

TEST_CASE("a verification that is stopped has no verdict but unverifiable") {
  const Lab lab(100);
  const std::atomic<bool> stop = true;
  const VerifyReport report = verify_ledger(lab.ledger, {}, {}, &stop);
  CHECK(report.verdict == Verdict::unverifiable);
  CHECK(report.level.empty());
  CHECK(has_limit(report, "interrupted"));
}

}  // namespace audit::test
