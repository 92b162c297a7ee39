// A ledger reached by another name, read while it changes, or known by a checkpoint that proves little.
#include <audit/error.hpp>
#include <audit/prover.hpp>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab.hpp"
#include "ledger/evidence.hpp"
#include "proof/note.hpp"
#include "thrown.hpp"
#include "verify/range.hpp"

namespace audit::test {

namespace {

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

// Makes the ledger a stranger's: it can be read, and nothing can be made beside it.
class Strangers {
 public:
  explicit Strangers(const Lab& lab) : folder_(lab.folder.path()) {
    constexpr uid_t kNobody = 65'534;
    if (::geteuid() == 0) REQUIRE(::chown(lab.ledger.c_str(), kNobody, kNobody) == 0);
    REQUIRE(::chmod(folder_.c_str(), 0500) == 0);
  }

  Strangers(const Strangers&) = delete;
  Strangers& operator=(const Strangers&) = delete;

  ~Strangers() { ::chmod(folder_.c_str(), 0700); }

 private:
  std::filesystem::path folder_;
};

// As a write does, whatever it writes.
void touch(const std::filesystem::path& file) {
  std::filesystem::last_write_time(
      file, std::filesystem::last_write_time(file) + std::chrono::milliseconds(1));
}

}  // namespace

TEST_CASE("through a link, the log and the journal beside the ledger itself are those that count") {
  Lab lab(10);
  const TempFolder elsewhere;
  const auto link = elsewhere / "link";
  std::filesystem::create_symlink(lab.ledger, link);
  CHECK(default_key_file(link) == default_key_file(lab.ledger));
  CHECK(verify_key_file(link) == verify_key_file(lab.ledger));
  CHECK(index_file(link) == index_file(lab.ledger));
  CHECK(verify_ledger(link, {}).level == lab.verify().level);

  SUBCASE("a log") {
    Ledger open = Ledger::open(link);
    (void)open.append(some_events(100, 5));
    const TempFolder copy;
    for (const char* suffix : {"", "-wal"}) {
      std::filesystem::copy_file(lab.ledger.string() + suffix,
                                 copy / ("run.ledger" + std::string(suffix)));
    }
    std::filesystem::remove(link);
    std::filesystem::create_symlink(copy / "run.ledger", link);
    const std::string before = read(copy / "run.ledger");
    const VerifyReport report = verify_ledger(link, {});
    CHECK(report.verdict == Verdict::intact);
    CHECK(report.size == 16);
    CHECK(has_limit(report, "-wal was part of what was read"));
    CHECK(read(copy / "run.ledger") == before);
    CHECK(LedgerView::open(link).size() == 16);
  }
  SUBCASE("a journal") {
    write(lab.ledger.string() + "-journal", "anything");
    const std::string before = read(lab.ledger);
    CHECK(verify_ledger(link, {}).verdict == Verdict::unverifiable);
    CHECK(code_of([&] { (void)LedgerView::open(link); }) == ErrorCode::damaged);
    CHECK(code_of([&] { (void)Ledger::open(link); }) == ErrorCode::damaged);
    CHECK(read(lab.ledger) == before);
  }
}

TEST_CASE("a path that begins with two slashes is a path") {
  const Lab lab(3);
  const std::filesystem::path file = "/" + lab.ledger.string();
  CHECK(verify_ledger(file, {}).verdict == Verdict::intact);
  CHECK(LedgerView::open(file).size() == 4);
}

TEST_CASE("a stranger's ledger that is written to while it is read is read again, then given up") {
  const Lab lab(9000, false);
  const Strangers strangers(lab);
  std::uint64_t calls = 0;
  const auto once = [&](std::uint64_t, std::uint64_t) {
    if (calls++ == 0) touch(lab.ledger);
  };
  const VerifyReport report = verify_ledger(lab.ledger, {.quick = true, .threads = 1}, once);
  CHECK(report.verdict == Verdict::intact);
  const std::uint64_t calls_of_two = calls;
  calls = 1;
  (void)verify_ledger(lab.ledger, {.quick = true, .threads = 1}, once);
  CHECK(calls_of_two == 2 * (calls - 1));

  const auto always = [&](std::uint64_t, std::uint64_t) { touch(lab.ledger); };
  CHECK(code_of([&] { (void)verify_ledger(lab.ledger, {.quick = true}, always); }) ==
        ErrorCode::busy);
}

TEST_CASE("a log that only grew changes nothing that was read; one that began anew does") {
  const TempFolder folder;
  const auto file = folder / "l";
  const std::string first_log = std::string(32, 'a') + "frames";
  write(file, "pages");
  const auto none = ledger::FileState::of(file);
  write(file.string() + "-wal", first_log);
  const auto before = ledger::FileState::of(file);
  CHECK_FALSE(none.is_outdated_by(before));  // it was read without one: the file itself is the same
  write(file.string() + "-wal", first_log + "more frames");
  CHECK_FALSE(before.is_outdated_by(ledger::FileState::of(file)));
  write(file.string() + "-wal", std::string(32, 'b') + "frames and more");
  CHECK(before.is_outdated_by(ledger::FileState::of(file)));
  write(file.string() + "-wal", first_log.substr(0, 33));
  CHECK(before.is_outdated_by(ledger::FileState::of(file)));
  std::filesystem::remove(file.string() + "-wal");
  CHECK(before.is_outdated_by(ledger::FileState::of(file)));
  touch(file);
  CHECK(none.is_outdated_by(ledger::FileState::of(file)));
}

TEST_CASE("a checkpoint of no entries, or one that nobody known signed, anchors nothing") {
  const Lab lab(10);
  const std::string head = read(lab.keep_head("head"));
  const SigningKey own = SigningKey::read(default_key_file(lab.ledger), "example.com/lab");
  const SigningKey stranger = SigningKey::generate("example.com/lab");
  const std::string text = head.substr(0, head.find("\n\n") + 1);
  write(lab.folder / "empty",
        proof::sign_note("example.com/lab\n0\n" + to_base64(empty_root()) + "\n", own));
  write(lab.folder / "stranger", proof::sign_note(text, stranger));
  for (const char* name : {"empty", "stranger"}) {
    CAPTURE(name);
    const VerifyReport report = lab.verify({.known = {lab.folder / name}});
    CHECK(report.verdict == Verdict::unverifiable);
    CHECK_FALSE(has_level(report, Level::anchored));
    CHECK(status_of(report, "known") == Check::Status::skipped);
  }
  // Somebody who was named may have signed it alone.
  const VerifyReport named = lab.verify(
      {.keys = {own.verify_key(), proof::cosigner_key(stranger)}, .known = {lab.folder / "head"}});
  CHECK(has_level(named, Level::anchored));
  write(lab.folder / "cosigned", text + "\n" + proof::cosignature_line(text, stranger, 1));
  const VerifyReport cosigned =
      lab.verify({.keys = {own.verify_key(), proof::cosigner_key(stranger)},
                  .known = {lab.folder / "cosigned"}});
  CHECK(has_level(cosigned, Level::anchored));
}

TEST_CASE("naming the same entries again and again takes no more room than naming them once") {
  verify::Erasure every_second{1, {}};
  for (std::uint64_t seq = 0; seq < 20'000; seq += 2) every_second.entries.push_back(seq);
  verify::NamedEntries named;
  for (int i = 0; i < 100; ++i) {
    named.add(every_second);
    REQUIRE(named.runs().list().size() < 100'000);
  }
  const auto united = named.runs().united();
  REQUIRE(united.list().size() == every_second.entries.size());
  for (std::size_t i = 0; i < united.list().size(); ++i) {
    CHECK(united.list()[i].first == every_second.entries[i]);
    CHECK(united.list()[i].count == 1);
  }
}

TEST_CASE("what changes while it is read without locks is called damaged by a proof") {
  const Lab lab(10);
  const Strangers strangers(lab);
  const LedgerView view = LedgerView::open(lab.ledger);
  Prover prover(view);
  Entry entry = *view.entry(5);
  CHECK(prover.prove(entry));
  entry.payload += "x";  // what a read of two moments may look like
  CHECK_FALSE(prover.prove(entry));
  touch(lab.ledger);
  CHECK(code_of([&] { (void)prover.prove(entry); }) == ErrorCode::busy);
}

}  // namespace audit::test
