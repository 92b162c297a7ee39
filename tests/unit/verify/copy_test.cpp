// A copy of a ledger is what the ledger was at one moment, or it is not there.
#include <audit/copy.hpp>
#include <audit/error.hpp>

#include <atomic>
#include <iterator>
#include <thread>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "events.hpp"
#include "file_bytes.hpp"
#include "lab.hpp"
#include "thrown.hpp"

namespace audit::test {

namespace {

std::size_t files_in(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

// What the two files say, entry by entry.
void check_same_entries(const std::filesystem::path& ledger, const std::filesystem::path& copy) {
  const std::vector<Entry> theirs = entries_of(ledger);
  const std::vector<Entry> ours = entries_of(copy);
  REQUIRE(ours.size() <= theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    CHECK(ours[i].hash == theirs[i].hash);
    CHECK(ours[i].payload == theirs[i].payload);
  }
}

}  // namespace

TEST_CASE("a copy holds the same entries and the same head, for nobody but its owner") {
  const Lab lab(300);
  const TempFolder elsewhere;
  const auto file = elsewhere / "copy.ledger";
  const auto copied = copy_ledger(lab.ledger, file);
  REQUIRE(copied);
  CHECK(copied->size == 301);
  CHECK(copied->bytes == std::filesystem::file_size(file));
  CHECK(LedgerView::open(file).head_note() == LedgerView::open(lab.ledger).head_note());
  check_same_entries(lab.ledger, file);

  struct stat facts {};

  REQUIRE(::stat(file.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  CHECK(files_in(elsewhere.path()) == 1);
}

TEST_CASE("what was committed and is only in the log is part of the copy") {
  const Lab lab(10);
  Ledger open = Ledger::open(lab.ledger);
  (void)open.append(some_events(100, 50));
  REQUIRE(std::filesystem::file_size(lab.ledger.string() + "-wal") > 0);
  const TempFolder elsewhere;
  const auto copied = copy_ledger(lab.ledger, elsewhere / "copy.ledger");
  REQUIRE(copied);
  CHECK(copied->size == 61);
}

TEST_CASE(
    "copies made while somebody appends are each intact, and each a beginning of the ledger") {
  const Lab lab(2000);
  std::atomic<bool> done = false;
  std::thread writer([&] {
    Ledger open = Ledger::open(lab.ledger);
    for (std::uint64_t i = 0; !done; ++i) (void)open.append(some_events(10'000 + i * 20, 20));
  });
  const TempFolder elsewhere;
  std::uint64_t last = 0;
  for (int i = 0; i < 5; ++i) {
    const auto file = elsewhere / fmt::format("{}.ledger", i);
    const auto copied = copy_ledger(lab.ledger, file);
    REQUIRE(copied);
    CHECK(copied->size >= last);
    last = copied->size;
  }
  done = true;
  writer.join();
  check_same_entries(lab.ledger, elsewhere / "4.ledger");
}

TEST_CASE("a ledger that was tampered with gives no copy, and no rest of one") {
  Lab lab(50);
  lab.sql("UPDATE entry SET received = received + 1 WHERE seq = 7");
  const TempFolder elsewhere;
  CHECK(code_of([&] { (void)copy_ledger(lab.ledger, elsewhere / "copy.ledger"); }) ==
        ErrorCode::damaged);
  CHECK(files_in(elsewhere.path()) == 0);
}

TEST_CASE("a copy that is stopped leaves nothing") {
  const Lab lab(50);
  const TempFolder elsewhere;
  const std::atomic<bool> stop = true;
  CHECK_FALSE(copy_ledger(lab.ledger, elsewhere / "copy.ledger", {.stop = &stop}));
  CHECK(files_in(elsewhere.path()) == 0);
}

TEST_CASE("nothing is replaced unasked, and no stranger's log becomes a part of the copy") {
  const Lab lab(5);
  const TempFolder elsewhere;
  const auto file = elsewhere / "copy.ledger";
  write_bytes(file, "somebody's");
  CHECK(code_of([&] { (void)copy_ledger(lab.ledger, file); }) == ErrorCode::already_exists);
  CHECK(read_bytes(file) == "somebody's");
  CHECK(copy_ledger(lab.ledger, file, {.overwrite = true}));
  CHECK(LedgerView::open(file).size() == 6);
  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    const auto other = elsewhere / fmt::format("other{}.ledger", suffix);
    write_bytes(other.string() + suffix, "left behind");
    CHECK(code_of([&] { (void)copy_ledger(lab.ledger, other, {.overwrite = true}); }) ==
          ErrorCode::already_exists);
    CHECK_FALSE(std::filesystem::exists(other));
  }
}

}  // namespace audit::test
