// What the file itself may be: not a ledger, of another version, with a foreign schema, damaged where
// SQLite reads it.
#include <audit/error.hpp>

#include <doctest/doctest.h>

#include "lab.hpp"

namespace audit::test {

namespace {

using Kinds = std::set<std::string>;

void write(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void check_unverifiable(const VerifyReport& report, std::string_view why) {
  CHECK(report.verdict == Verdict::unverifiable);
  CHECK(report.findings.empty());
  CHECK(report.level.empty());
  CHECK(has_limit(report, why));
}

void check_schema(const Lab& lab) {
  const VerifyReport report = lab.verify();
  CHECK(report.verdict == Verdict::tampered);
  CHECK(kinds(report) == Kinds{"schema"});
  CHECK(status_of(report, "schema") == Check::Status::fail);
  CHECK(status_of(report, "entries") == Check::Status::skipped);
  CHECK(report.level.empty());
}

ErrorCode thrown_by(const std::filesystem::path& file, const VerifyOptions& options = {}) {
  try {
    (void)verify_ledger(file, options);
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("nothing was thrown");
  return ErrorCode::internal;
}

constexpr std::size_t kPage = 16'384;

}  // namespace

TEST_CASE("a file that is not there is thrown, and never a verdict") {
  const TempFolder folder;
  CHECK(thrown_by(folder / "nothing") == ErrorCode::not_found);
}

TEST_CASE(
    "an empty file, a text, a folder and another program's database: unverifiable, never intact") {
  const TempFolder folder;
  write(folder / "empty", "");
  check_unverifiable(verify_ledger(folder / "empty", {}), "it is empty");
  write(folder / "text", std::string(500, 'x'));
  check_unverifiable(verify_ledger(folder / "text", {}), "not a SQLite file");
  write(folder / "short", "SQLite format 3");
  check_unverifiable(verify_ledger(folder / "short", {}), "not a SQLite file");
  check_unverifiable(verify_ledger(folder.path(), {}), "a folder");
  {
    sqlite3* other = nullptr;
    REQUIRE(sqlite3_open((folder / "other").c_str(), &other) == SQLITE_OK);
    sqlite3_exec(other, "CREATE TABLE t(x)", nullptr, nullptr, nullptr);
    sqlite3_close(other);
  }
  check_unverifiable(verify_ledger(folder / "other", {}), "something else");
}

TEST_CASE("a version nobody knows yet is unverifiable, neither intact nor tampered") {
  Lab lab;
  lab.sql("PRAGMA user_version = 2");
  check_unverifiable(lab.verify(), "format version 2");
}

TEST_CASE("a write-ahead log that turns the file into one of another version is unverifiable") {
  Lab lab;
  RawDatabase holds_the_log(lab.ledger);
  (void)holds_the_log.value("SELECT note FROM head");
  sqlite3* writer = nullptr;
  REQUIRE(sqlite3_open(lab.ledger.c_str(), &writer) == SQLITE_OK);
  sqlite3_exec(writer, "PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 7", nullptr, nullptr,
               nullptr);
  CHECK(lab.verify({.quick = true}).verdict == Verdict::unverifiable);
  sqlite3_close(writer);
}

TEST_CASE("no entries and no head: nothing to check is never intact") {
  Lab lab;
  lab.sql("DELETE FROM entry; DELETE FROM head");
  check_unverifiable(lab.verify(), "nothing to check");
}

TEST_CASE("no entries under a head that counts some: every one is missing") {
  Lab lab;
  lab.sql("DELETE FROM entry");
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(named(report, "missing").size() == 21);
}

TEST_CASE("a table replaced by a view that shows the same rows") {
  Lab lab;
  lab.sql("ALTER TABLE entry RENAME TO hidden; CREATE VIEW entry AS SELECT * FROM hidden");
  check_schema(lab);
}

TEST_CASE("a trigger dropped, added or changed") {
  Lab dropped;
  dropped.sql("DROP TRIGGER entry_delete");
  check_schema(dropped);
  Lab added;
  added.sql("CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM head; END");
  check_schema(added);
  Lab changed;
  changed.sql(
      "DROP TRIGGER entry_delete; CREATE TRIGGER entry_delete BEFORE DELETE ON entry BEGIN "
      "SELECT 1; END");
  check_schema(changed);
}

TEST_CASE("a table, an index, a view or statistics added") {
  for (const char* what : {"CREATE TABLE extra(x)", "CREATE INDEX i ON entry(agent)",
                           "CREATE VIEW v AS SELECT 1", "ANALYZE"}) {
    CAPTURE(what);
    Lab lab;
    lab.sql(what);
    check_schema(lab);
  }
}

TEST_CASE("a column added, and the view for people changed") {
  Lab column;
  column.sql("ALTER TABLE entry ADD COLUMN more_still TEXT");
  check_schema(column);
  Lab view;
  view.sql("DROP VIEW event; CREATE VIEW event AS SELECT seq FROM entry");
  check_schema(view);
}

TEST_CASE("a rollback journal beside the ledger: it is not opened, and does not change") {
  Lab lab;
  write(lab.ledger.string() + "-journal", "anything");
  const std::string before = read(lab.ledger);
  check_unverifiable(lab.verify(), "-journal");
  CHECK(read(lab.ledger) == before);
}

TEST_CASE("the end of the file cut off: tampered, whatever is left of it") {
  const Lab lab(2000, false);
  const std::string bytes = read(lab.ledger);
  REQUIRE(bytes.size() > 20 * kPage);
  for (const std::size_t left : {bytes.size() - kPage, bytes.size() / 2, kPage, kPage + 1}) {
    CAPTURE(left);
    write(lab.ledger, bytes.substr(0, left));
    const VerifyReport report = lab.verify();
    CHECK(report.verdict == Verdict::tampered);
    CHECK(kinds(report).count("structure") == 1);
  }
  // SQLite takes the byte for zero: what it was part of no longer fits.
  write(lab.ledger, bytes.substr(0, bytes.size() - 1));
  CHECK(lab.verify().verdict == Verdict::tampered);
}

TEST_CASE("a page that cannot be read: its entries are named, all others are still checked") {
  Lab lab(9000, false);
  lab.sql("UPDATE entry SET cost_nano = 77 WHERE seq IN (3, 8999)");
  const std::int64_t root = lab.number("SELECT rootpage FROM sqlite_schema WHERE name = 'entry'");
  std::string bytes = read(lab.ledger);
  // A leaf page of the table entry, somewhere in its middle: type byte 13.
  std::size_t page = 0;
  for (std::size_t at = bytes.size() / 2 / kPage * kPage; page == 0 && at < bytes.size();
       at += kPage) {
    if (bytes[at] == 13 && at / kPage + 1 != static_cast<std::size_t>(root)) page = at;
  }
  REQUIRE(page != 0);
  bytes[page] = 99;
  write(lab.ledger, bytes);
  for (const unsigned threads : {1U, 2U}) {
    const VerifyReport report = lab.verify({.quick = true, .threads = threads});
    CHECK(report.verdict == Verdict::tampered);
    const auto lost = named(report, "structure");
    CHECK(lost.size() > 2);
    CHECK(lost.size() < 100);
    CHECK(*lost.rbegin() - *lost.begin() + 1 == lost.size());
    CHECK(named(report, "entry") == std::set<std::uint64_t>{3, 8999});
    CHECK(named(report, "missing").empty());
    CHECK(report.entries_checked + lost.size() + 1 ==
          9001);  // the one behind has nothing to follow
  }
}

TEST_CASE(
    "any byte of the file changed never makes verify crash, hang or call what differs intact") {
  const Lab lab(60, false);
  const std::string bytes = read(lab.ledger);
  const VerifyReport before = lab.verify();
  REQUIRE(before.verdict == Verdict::intact);
  std::size_t intact = 0;
  std::size_t tried = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 97, ++tried) {
    std::string edited = bytes;
    edited[at] = static_cast<char>(edited[at] ^ 0x55);
    write(lab.ledger, edited);
    VerifyReport report;
    try {
      report = lab.verify({.threads = 1});
    } catch (const Error& error) {
      CAPTURE(at);
      CAPTURE(error.message());
      CHECK(error.code() == ErrorCode::io);
      continue;
    }
    if (report.verdict != Verdict::intact) continue;
    ++intact;  // bytes that say nothing: gaps, counters
    CHECK(report.root == before.root);
  }
  CHECK(tried > 1000);
  CHECK(intact < tried);
}

TEST_CASE("SQLite's own checks find what reading row by row does not") {
  Lab lab(600, false);
  // A page no table uses any more, still counted as used: only integrity_check looks.
  lab.sql("CREATE TABLE scratch(x); INSERT INTO scratch VALUES(zeroblob(100000))");
  lab.sql("PRAGMA writable_schema=ON; DELETE FROM sqlite_schema WHERE name = 'scratch'");
  const VerifyReport full = lab.verify();
  CHECK(full.verdict == Verdict::tampered);
  CHECK(kinds(full) == Kinds{"structure"});
  const VerifyReport quick = lab.verify({.quick = true});
  CHECK(quick.verdict == Verdict::intact);
  CHECK_FALSE(has_level(quick, Level::complete));
}

TEST_CASE("a missing file of --known is thrown") {
  const Lab lab;
  CHECK(thrown_by(lab.ledger, {.known = {lab.folder / "nothing"}}) == ErrorCode::not_found);
}

}  // namespace audit::test
