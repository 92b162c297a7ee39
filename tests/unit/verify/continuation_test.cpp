// One ledger after another: what entry 0 says of the one before, and when it must not be believed.
#include <audit/continuation.hpp>
#include <audit/error.hpp>

#include <doctest/doctest.h>

#include "lab.hpp"
#include "thrown.hpp"

namespace audit::test {

namespace {

// A ledger beside that of the lab, which continues it as `said` says.
std::filesystem::path next_of(const Lab& lab, const Predecessor& said) {
  const auto file = lab.folder / "next.ledger";
  create_ledger(file, {.origin = "example.com/next", .continues = said});
  return file;
}

Predecessor head_of(const Lab& lab) { return as_predecessor(LedgerView::open(lab.ledger)); }

// The same ledger as it is now, put aside before more is appended.
std::filesystem::path put_aside(const Lab& lab) {
  const auto aside = lab.folder / "aside.ledger";
  std::filesystem::copy_file(lab.ledger, aside);
  return aside;
}

}  // namespace

TEST_CASE("entry 0 names the last head of the ledger before, and verify tells it") {
  Lab lab(30);
  const Predecessor head = head_of(lab);
  const auto next = next_of(lab, head);
  const VerifyReport report = verify_ledger(next, {});
  CHECK(report.verdict == Verdict::intact);
  REQUIRE(report.continues);
  CHECK(report.continues->size == 31);
  CHECK(report.continues->root == lab.verify().root);
  CHECK(report.continues->ledger_id == LedgerView::open(lab.ledger).ledger_id());
  CHECK(report.continues->note == LedgerView::open(lab.ledger).head_note());
  CHECK_FALSE(lab.verify().continues);

  lab.append(5);
  CHECK(check_continuity(*report.continues, LedgerView::open(lab.ledger)) == Continuity::holds);
}

TEST_CASE("what is told of a ledger before is told by an incremental verify, too") {
  const Lab lab(30);
  const auto next = next_of(lab, head_of(lab));
  {
    Ledger open = Ledger::open(next);
    (void)open.append(some_events(0, 4500));
    open.close();
  }
  save_checkpoint(verify_ledger(next, {}), lab.folder / "kept");
  const VerifyReport report =
      verify_ledger(next, {.known = {lab.folder / "kept"}, .since_known = true});
  CHECK(report.checked_from > 0);
  REQUIRE(report.continues);
  CHECK(report.continues->size == 31);
}

TEST_CASE("a ledger that went back, another history of it, and another ledger are told apart") {
  Lab lab(30);
  const auto aside = put_aside(lab);
  lab.append(10);
  const Predecessor head = head_of(lab);
  CHECK(check_continuity(head, LedgerView::open(aside)) == Continuity::behind);
  {
    Ledger other = Ledger::open(aside, {.key_file = default_key_file(lab.ledger)});
    (void)other.append(some_events(500, 10));
    other.close();
  }
  CHECK(verify_ledger(aside, {}).verdict == Verdict::intact);
  CHECK(check_continuity(head, LedgerView::open(aside)) == Continuity::forked);
  const Lab stranger(40);
  CHECK(check_continuity(head, LedgerView::open(stranger.ledger)) == Continuity::foreign);
}

TEST_CASE("a head that is not signed by its key cannot be continued") {
  const Lab lab(10);
  const Predecessor right = head_of(lab);
  const Lab stranger(10);
  Predecessor wrong = right;
  SUBCASE("another size") { wrong.size += 1; }
  SUBCASE("another root") { wrong.root.bytes[0] ^= 1; }
  SUBCASE("another origin") { wrong.origin = "example.com/other"; }
  SUBCASE("another key") { wrong.verify_key = head_of(stranger).verify_key; }
  SUBCASE("no key") { wrong.verify_key = "example.com/lab"; }
  SUBCASE("another ledger's note") { wrong.note = head_of(stranger).note; }
  SUBCASE("no id") { wrong.ledger_id = "00"; }
  SUBCASE("a line between the root and the signatures") {
    wrong.note.insert(wrong.note.find("\n\n") + 1, "more\n");
  }
  CHECK(code_of([&] { (void)next_of(lab, wrong); }) == ErrorCode::invalid_argument);
  CHECK_FALSE(std::filesystem::exists(lab.folder / "next.ledger"));
}

TEST_CASE("a ledger whose head is not what was signed cannot be continued") {
  Lab lab(10);
  lab.sql("UPDATE head SET note = replace(note, 'example.com/lab', 'example.com/tab')");
  CHECK(code_of([&] { (void)head_of(lab); }) == ErrorCode::damaged);
}

}  // namespace audit::test
