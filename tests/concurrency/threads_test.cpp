// Several threads of one process and one ledger. Made to be run under ThreadSanitizer too.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <audit/ingest.hpp>
#include <audit/ledger.hpp>
#include <audit/query.hpp>
#include <audit/verify.hpp>

#include <atomic>
#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "temp_folder.hpp"

namespace {

constexpr std::string_view kLine = R"({"type":"note","agent":"a","text":"common word)";

// A ledger in a folder of its own.
struct Place {
  audit::test::TempFolder folder;
  std::filesystem::path ledger = folder / "x.ledger";

  Place() {
    audit::create_ledger(ledger, {.origin = "test.example/log", .key_file = {}, .now = {}});
  }
};

std::string lines(int first, int last) {
  std::string text;
  for (int i = first; i < last; ++i) text.append(kLine).append(std::to_string(i)).append("\"}\n");
  return text;
}

audit::Event note(const std::string& text) {
  audit::Event event;
  event.envelope.set_text(audit::Field::type, "note");
  event.payload = R"({"type":"note","text":")" + text + "\"}";
  return event;
}

std::uint64_t count(const std::filesystem::path& ledger, std::string_view question) {
  const auto view = audit::LedgerView::open(ledger);
  const auto query = audit::parse_query(question, audit::Timestamp());
  REQUIRE(query.has_value());
  audit::Search search(view, *query, {});
  std::uint64_t found = 0;
  while (search.next()) ++found;
  return found;
}

void check_intact(const std::filesystem::path& ledger) {
  const audit::VerifyReport report = audit::verify_ledger(ledger, {});
  CHECK(audit::to_string(report.verdict) == "intact");
  for (const auto& finding : report.findings) MESSAGE(finding.kind, ": ", finding.message);
}

// Does `work` again and again until told to end; keeps what it throws.
class Meanwhile {
 public:
  template <class Work>
  explicit Meanwhile(Work work)
      : thread_([this, work]() mutable {
          try {
            while (!done_) {
              work();
              ++rounds_;
            }
          } catch (const std::exception& error) {
            error_ = error.what();
          }
        }) {}

  Meanwhile(const Meanwhile&) = delete;
  Meanwhile& operator=(const Meanwhile&) = delete;

  ~Meanwhile() {
    done_ = true;
    thread_.join();
    CHECK(error_ == "");
    CHECK(rounds_ > 0);
  }

 private:
  std::atomic<bool> done_{false};
  std::atomic<int> rounds_{0};
  std::string error_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("a file that is followed, searched and verified at once loses lines or races") {
  Place place;
  const auto input = place.folder / "app.jsonl";
  std::ofstream(input, std::ios::binary) << lines(0, 500);

  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> stored{0};
  std::string teed;
  audit::IngestHooks hooks;
  hooks.progress = [&](const audit::IngestCounts& counts, std::uint64_t) {
    stored = counts.stored;
  };
  hooks.tee = [&](std::string_view text) { teed += text; };
  audit::IngestOptions options;
  options.inputs = {input.string()};
  options.follow = true;
  options.batch = 64;
  options.flush = std::chrono::milliseconds(5);

  audit::IngestReport report;
  std::thread ingesting([&] { report = audit::ingest_into(place.ledger, options, hooks, stop); });
  {
    std::uint64_t seen = 0;
    const Meanwhile searching([&, seen]() mutable {
      const std::uint64_t now = count(place.ledger, "common");
      CHECK(now >= seen);
      seen = now;
    });
    const Meanwhile verifying([&] { check_intact(place.ledger); });
    for (int i = 500; i < 1500; i += 100) {
      std::ofstream(input, std::ios::binary | std::ios::app) << lines(i, i + 100);
      while (stored < static_cast<std::uint64_t>(i) + 100) std::this_thread::yield();
    }
  }
  stop = true;
  ingesting.join();

  CHECK(report.interrupted);
  CHECK(report.counts.stored == 1500);
  CHECK(teed == lines(0, 1500));
  CHECK(count(place.ledger, "common") == 1500);
  CHECK(count(place.ledger, "word777") == 1);
  check_intact(place.ledger);
}

TEST_CASE("two ingests and a writer in one process mix up their entries") {
  Place place;
  const auto ingest = [&](int first) {
    const auto input = place.folder / (std::to_string(first) + ".jsonl");
    std::ofstream(input, std::ios::binary) << lines(first, first + 600);
    audit::IngestOptions options;
    options.inputs = {input.string()};
    options.batch = 16;
    const std::atomic<bool> stop{false};
    const audit::IngestReport report = audit::ingest_into(place.ledger, options, {}, stop);
    CHECK(report.counts.stored == 600);
  };
  std::thread first(ingest, 0);
  std::thread second(ingest, 600);
  auto ledger = audit::Ledger::open(place.ledger);
  for (int i = 0; i < 50; ++i) ledger.append(std::vector{note("own " + std::to_string(i))});
  ledger.close();
  first.join();
  second.join();

  CHECK(count(place.ledger, "common") == 1200);
  CHECK(count(place.ledger, "own") == 50);
  check_intact(place.ledger);
  CHECK_FALSE(std::filesystem::exists(place.ledger.string() + "-wal"));
}

// POSIX locks belong to the process: whoever opens and closes the file once more drops them all.
TEST_CASE("a look at the ledger drops the lock that keeps its log in place") {
  Place place;
  auto ledger = audit::Ledger::open(place.ledger);
  ledger.append(std::vector{note("first")});
  REQUIRE(std::filesystem::exists(place.ledger.string() + "-wal"));
  (void)audit::LedgerView::open(place.ledger);
  (void)count(place.ledger, "first");
  check_intact(place.ledger);

  // What another process would see: a child asks for the lock SQLite takes before it tidies up.
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const int fd = ::open(place.ledger.c_str(), O_RDWR | O_CLOEXEC);

    struct flock lock {};

    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = 0x40000000 + 2;  // the shared range of SQLite's locks
    lock.l_len = 510;
    ::_exit(::fcntl(fd, F_SETLK, &lock) == 0 ? 1 : 0);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  ledger.append(std::vector{note("second")});
  ledger.close();
  check_intact(place.ledger);
}

TEST_CASE("a lock held elsewhere hangs a writer, or is not told as busy") {
  Place place;
  auto ledger =
      audit::Ledger::open(place.ledger, {.key_file = {}, .wait = std::chrono::milliseconds(50)});
  sqlite3* holder = nullptr;
  REQUIRE(sqlite3_open(place.ledger.c_str(), &holder) == SQLITE_OK);
  REQUIRE(sqlite3_exec(holder, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  const auto started = std::chrono::steady_clock::now();
  try {
    ledger.append(std::vector{note("waits")});
    FAIL("appended while another held the lock");
  } catch (const audit::Error& error) {
    CHECK(error.code() == audit::ErrorCode::busy);
  }
  CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(10));
  REQUIRE(sqlite3_exec(holder, "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(holder);

  auto again = audit::Ledger::open(place.ledger);
  again.append(std::vector{note("goes on")});
  again.close();
  CHECK(count(place.ledger, "waits") == 0);
  CHECK(count(place.ledger, "goes") == 1);
  check_intact(place.ledger);
}

TEST_CASE("a full queue, a slow reader or an early stop leaves a thread behind") {
  Place place;
  const auto input = place.folder / "app.jsonl";
  std::ofstream(input, std::ios::binary) << lines(0, 3000);
  for (int round = 0; round < 10; ++round) {
    std::atomic<bool> stop{false};
    int commits = 0;
    audit::IngestHooks hooks;
    hooks.progress = [&](const audit::IngestCounts&, std::uint64_t) {
      if (++commits > round) stop = true;
    };
    audit::IngestOptions options;
    options.inputs = {input.string()};
    options.batch = 100;
    const audit::IngestReport report = audit::ingest_into(place.ledger, options, hooks, stop);
    CHECK(report.counts.stored == report.counts.read);
  }
  check_intact(place.ledger);
}

TEST_CASE("a hook that throws leaves a thread behind or half a batch") {
  Place place;
  const auto input = place.folder / "app.jsonl";
  std::ofstream(input, std::ios::binary) << lines(0, 3000);
  std::uint64_t acknowledged = 0;
  audit::IngestHooks hooks;
  hooks.progress = [&](const audit::IngestCounts& counts, std::uint64_t) {
    acknowledged = counts.stored;
    if (counts.stored >= 500) throw audit::Error(audit::ErrorCode::io, "the reader is gone");
  };
  audit::IngestOptions options;
  options.inputs = {input.string()};
  options.batch = 100;
  const std::atomic<bool> stop{false};
  CHECK_THROWS_AS(audit::ingest_into(place.ledger, options, hooks, stop), audit::Error);
  CHECK(acknowledged == 500);
  CHECK(count(place.ledger, "common") == 500);
  check_intact(place.ledger);
}
