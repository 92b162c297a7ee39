// No page keeps a copy of a row that moved.
#include "ledger/scrub.hpp"

#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "temp_folder.hpp"

namespace audit::test {

namespace {

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::size_t count_in(const std::string& bytes, const std::string& word) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = bytes.find(word, at)) != std::string::npos; ++at) ++count;
  return count;
}

ledger::Database make(const std::filesystem::path& file) {
  ledger::Database database(file, ledger::Database::Access::create);
  database.execute(
      "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA secure_delete=ON; "
      "CREATE TABLE t(id INTEGER PRIMARY KEY, b TEXT)");
  return database;
}

}  // namespace

TEST_CASE("a page that was split keeps copies of rows that moved") {
  const TempFolder folder;
  const auto file = folder / "x";
  const ledger::Database database = make(file);
  constexpr int kRows = 3000;
  database.execute("BEGIN");
  for (int i = 0; i < kRows; ++i) {
    database.execute(fmt::format("INSERT INTO t VALUES({}, '<mark{:06}>')", i, i));
  }
  for (int i = kRows - 3; i >= 0; i -= 3) {  // they grow, and pages are split
    database.execute(fmt::format("UPDATE t SET b = hex(zeroblob(300)) WHERE id = {}", i));
  }
  database.execute("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  const auto count_rows = [&](int& copies, int& gone) {
    const std::string bytes = bytes_of(file);
    copies = gone = 0;
    for (int i = 0; i < kRows; ++i) {
      const std::size_t count = count_in(bytes, fmt::format("<mark{:06}>", i));
      copies += count > 1 ? 1 : 0;
      gone += count == 0 ? 1 : 0;
    }
  };
  int copies = 0;
  int gone = 0;
  count_rows(copies, gone);
  WARN_MESSAGE(copies > 0, "this SQLite leaves no copies: there is nothing to take away");
  REQUIRE(ledger::scrub(database, file));
  count_rows(copies, gone);
  CHECK(copies == 0);
  CHECK(gone == kRows / 3);
  CHECK(database.integer("SELECT count(*) FROM t WHERE b LIKE '<mark%'") == kRows - kRows / 3);
  CHECK(database.integer(
            "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1);
  CHECK(std::filesystem::file_size(file.string() + "-wal") == 0);
}

TEST_CASE("somebody reads: nothing is said to be gone") {
  const TempFolder folder;
  const auto file = folder / "x";
  const ledger::Database database = make(file);
  database.execute("INSERT INTO t VALUES(1, 'zyxander')");
  const ledger::Database reader(file, ledger::Database::Access::write);
  reader.execute("BEGIN");
  CHECK(reader.integer("SELECT count(*) FROM t") == 1);
  database.execute("DELETE FROM t");
  CHECK_FALSE(ledger::scrub(database, file));
  reader.execute("COMMIT");
  CHECK(ledger::scrub(database, file));
  CHECK(bytes_of(file).find("zyxander") == std::string::npos);
}

}  // namespace audit::test
