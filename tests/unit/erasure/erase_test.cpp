// What goes with what was asked for, and what stays.
#include <audit/erase.hpp>
#include <audit/verify.hpp>

#include <fstream>
#include <iterator>
#include <numeric>

#include <doctest/doctest.h>

#include "../verify/lab.hpp"
#include "ledger/index_file.hpp"
#include "thrown.hpp"

namespace audit::test {

namespace {

using Seqs = std::vector<std::uint64_t>;

const ErasureOrder kOrder{"the court", "case 114"};

ErasureScope scope(std::string_view word) { return find_erasure_scope(word).value(); }

ErasurePlan plan_of(const Lab& lab, const Seqs& seqs, std::string_view what) {
  return plan_erasure(LedgerView::open(lab.ledger), seqs, scope(what));
}

ErasureResult erase_in(const Lab& lab, const Seqs& seqs, std::string_view what) {
  return erase(lab.ledger, plan_of(lab, seqs, what), kOrder);
}

// A record of two parts: the first told by two entries, the second without bytes of its own.
//   entries   21 the record, 22 and 23 the first part, 24 the second, 25 something else
void add_record(Lab& lab) {
  std::vector<Event> events(5);
  for (Event& event : events) event.envelope.set_text(Field::type, "tool.call");
  events[0].envelope.set_text(Field::type, "source.record");
  events[0].payload = "[,]";
  for (const std::size_t i : {1U, 2U, 3U}) {
    events[i].envelope.set_number(Field::part_of, 21);
    events[i].envelope.set_number(Field::part_index, i == 3 ? 1 : 0);
    events[i].envelope.set_text(Field::user, "someone");
    events[i].has_payload = i == 1;
  }
  events[1].envelope.set_number(Field::part_offset, 1);
  events[1].payload = "{}";
  events[2].envelope.set_text(Field::error, "from the bytes");
  Ledger open = lab.open_ledger();
  (void)open.append(events);
  open.close();
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("what may be erased is payload, entry, or a field that is committed alone") {
  CHECK(name_of(scope("payload")) == "payload");
  CHECK(name_of(scope("entry")) == "entry");
  CHECK(name_of(scope("user")) == "user");
  for (const char* word : {"agent", "time", "", "Payload", "users"}) {
    CAPTURE(word);
    CHECK_FALSE(find_erasure_scope(word));
  }
}

TEST_CASE("a part goes with all that tells of it, and with its record where that has its bytes") {
  Lab lab;
  add_record(lab);
  CHECK(plan_of(lab, {22}, "payload").entries ==
        Seqs{22, 23});  // 23 holds what came from the bytes
  CHECK(plan_of(lab, {23}, "entry").entries == Seqs{22, 23});
  CHECK(plan_of(lab, {23}, "entry").also == 1);
  CHECK(plan_of(lab, {23}, "entry").carriers.empty());
  CHECK(plan_of(lab, {24}, "user").carriers == Seqs{21});
  CHECK(plan_of(lab, {25}, "entry").carriers.empty());
  CHECK(plan_of(lab, {21}, "payload").entries == Seqs{21});
  const ErasureResult done = erase_in(lab, {24}, "user");
  CHECK(done.entries == 1);
  CHECK(done.carriers == 1);
  CHECK(done.erasures == Seqs{26, 27});
  CHECK_FALSE(done.words_remain);
  const VerifyReport report = lab.verify();
  CHECK(report.verdict == Verdict::intact);
  CHECK(report.erased == 2);
}

TEST_CASE("what was asked for and does not go is counted") {
  Lab lab;
  (void)erase_in(lab, {3}, "entry");
  const ErasurePlan plan = plan_of(lab, {0, 3, 3, 4, 5, 21}, "user");
  CHECK(plan.asked == 5);
  CHECK(plan.protect == 2);
  CHECK(plan.gone == 1);
  CHECK(plan.entries == Seqs{4, 5});
  CHECK(plan_of(lab, {4}, "approver").lacking == 1);
  CHECK(code_of([&] { (void)plan_of(lab, {22}, "user"); }) == ErrorCode::not_found);
}

TEST_CASE("each scope in turn leaves an intact ledger, and a plan of nothing changes nothing") {
  Lab lab(60);
  const auto kept = lab.keep_head("kept");
  for (const char* what : {"payload", "user", "session", "resource", "entry"}) {
    CAPTURE(what);
    CHECK(erase_in(lab, {7, 8, 9, 50}, what).entries > 0);
    const VerifyReport report = lab.verify({.known = {kept}});
    CHECK(report.verdict == Verdict::intact);
    CHECK(report.erased == 4);
    CHECK(has_level(report, Level::index));
    CHECK(has_level(report, Level::anchored));
  }
  const std::string before = bytes_of(lab.ledger);
  const ErasureResult nothing = erase_in(lab, {7, 8, 9, 50}, "entry");
  CHECK(nothing.erasures.empty());
  CHECK(bytes_of(lab.ledger) == before);
}

TEST_CASE("an order without reason or authority, or one that names the person, erases nothing") {
  Lab lab;
  const ErasurePlan plan = plan_of(lab, {4, 5}, "user");
  for (const ErasureOrder& order :
       {ErasureOrder{"", "why"}, ErasureOrder{"who", " "}, ErasureOrder{"who", "two\nlines"},
        ErasureOrder{"who", std::string(kMaxErasureText + 1, 'x')}, ErasureOrder{"who", "\xff"},
        ErasureOrder{"who", "asked by USER4@example.com"}}) {
    CAPTURE(order.reason);
    CHECK(code_of([&] { (void)erase(lab.ledger, plan, order); }) == ErrorCode::invalid_argument);
  }
  CHECK(lab.verify().erased == 0);
}

TEST_CASE("whoever writes next without closing the ledger leaves the words of an erasure") {
  Lab lab;
  const auto words_remain = [&] {
    const std::string id = LedgerView::open(lab.ledger).ledger_id();
    return ledger::IndexFile::open_to_write(index_file(lab.ledger), id).words_remain() > 0;
  };
  {
    const LedgerView view = LedgerView::open(lab.ledger);
    EraseOptions options;
    options.wait_for_readers = std::chrono::milliseconds(20);
    (void)erase(lab.ledger, plan_erasure(view, Seqs{8}, scope("entry")), kOrder, options);
  }
  REQUIRE(words_remain());
  (void)lab.open_ledger();
  CHECK_FALSE(words_remain());
}

TEST_CASE("what went wrong in the middle is not told, because cleaning up went wrong too") {
  // More than one transaction takes.
  constexpr std::size_t kEvents = 2 * kMaxErasedPerTransaction;
  Lab lab(kEvents, false);
  Seqs all(kEvents);
  std::iota(all.begin(), all.end(), 1);
  const std::string last = "WHERE seq = " + std::to_string(kEvents);
  const std::string payload = lab.value("SELECT payload FROM entry " + last);
  for (const bool cleaning_fails : {false, true}) {
    CAPTURE(cleaning_fails);
    EraseOptions options;
    options.progress = [&](std::uint64_t done, std::uint64_t /*all*/) {
      if (done > kMaxErasedPerTransaction) return;
      lab.sql("UPDATE entry SET payload = CAST('other' AS BLOB) " + last);
      if (!cleaning_fails) return;
      lab.drop_index();
      std::filesystem::create_directory(index_file(lab.ledger));
    };
    try {
      const ErasurePlan plan = plan_of(lab, all, cleaning_fails ? "entry" : "payload");
      (void)erase(lab.ledger, plan, kOrder, options);
      FAIL("nothing was thrown");
    } catch (const Error& error) {
      CAPTURE(error.message());
      CHECK(error.code() == ErrorCode::damaged);
      CHECK(error.message().find("as entry 2000") != std::string::npos);
    }
    lab.sql("UPDATE entry SET payload = ?1 " + last, {payload});
  }
}

TEST_CASE("an open view keeps the words, and it is said") {
  Lab lab;
  const std::string word = "0b6d3c1e-5f0a-4c3e-9a57-000000000007";
  REQUIRE(bytes_of(lab.ledger).find(word) != std::string::npos);
  ErasureResult done;
  {
    const LedgerView view = LedgerView::open(lab.ledger);
    EraseOptions options;
    options.wait_for_readers = std::chrono::milliseconds(20);
    done = erase(lab.ledger, plan_erasure(view, Seqs{8}, scope("entry")), kOrder, options);
  }
  CHECK(done.words_remain);
  done = erase_in(lab, {8}, "entry");
  CHECK_FALSE(done.words_remain);
  CHECK(bytes_of(lab.ledger).find(word) == std::string::npos);
}

}  // namespace audit::test
