// Rules and holds: read strictly, obeyed always.
#include <audit/retention.hpp>

#include <doctest/doctest.h>

#include "../verify/lab.hpp"
#include "base/bytes.hpp"
#include "ledger/rehash.hpp"
#include "ledger/scan.hpp"
#include "thrown.hpp"

namespace audit::test {

namespace {

using Seqs = std::vector<std::uint64_t>;

constexpr std::chrono::hours kYear{24 * 365};

ErrorCode refused(std::string_view json) {
  return code_of([&] { (void)parse_retention(json); });
}

Timestamp received(const Lab& lab, std::uint64_t seq) {
  return LedgerView::open(lab.ledger).entry(seq)->received;
}

std::vector<Expired> expired(const Lab& lab, Timestamp now) {
  const LedgerView view = LedgerView::open(lab.ledger);
  return plan_expired(view, read_retention(view), now);
}

bool may_go(const Lab& lab, const Seqs& seqs, Timestamp now) {
  const LedgerView view = LedgerView::open(lab.ledger);
  try {
    require_erasable(view, read_retention(view), seqs, now);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::permission);
    return false;
  }
  return true;
}

}  // namespace

TEST_CASE("rules that mean nothing are refused") {
  for (const char* json :
       {"", "[]", "{}", R"({"rules":[]})", R"({"rules":[1]})", R"({"rules":[{"at_least":"1y"}]})",
        R"({"rules":[{"name":"a"}]})", R"({"rules":[{"name":"a","at_least":"soon"}]})",
        R"({"rules":[{"name":"a","at_least":"2y","at_most":"1y"}]})",
        R"({"rules":[{"name":"a","at_least":"1y","query":"colour:red"}]})",
        R"({"rules":[{"name":"a","at_least":"1y","query":"call.approved:no"}]})",
        R"({"rules":[{"name":"a","at_least":"1y","what":"user"}]})",
        R"({"rules":[{"name":"a","at_least":1}]})",
        R"({"rules":[{"name":"a","at_least":"1y","until":"x"}]})"}) {
    CAPTURE(json);
    CHECK(refused(json) == ErrorCode::invalid_argument);
  }
  CHECK(code_of([] { (void)retain_all("7"); }) == ErrorCode::invalid_argument);
}

TEST_CASE("the first rule that fits says how long; what is declared last counts") {
  Lab lab(10);
  (void)declare_retention(lab.ledger, retain_all("7y"));
  (void)declare_retention(
      lab.ledger,
      parse_retention(R"({"rules":[{"name":"calls","query":"type:tool.call","at_least":"2y"},
        {"name":"rest","at_most":"1y","what":"payload"}]})"));
  const Timestamp begin = received(lab, 1);
  // Entries 1, 4, 7, 10 are calls.
  CHECK_FALSE(may_go(lab, {2, 4}, begin + kYear));
  CHECK(may_go(lab, {2, 4}, begin + 2 * kYear + std::chrono::hours(1)));
  CHECK(expired(lab, begin + kYear - std::chrono::hours(1)).empty());
  const auto old = expired(lab, begin + kYear + std::chrono::hours(1));
  REQUIRE(old.size() == 1);
  CHECK(old[0].rule.name == "rest");
  CHECK(old[0].plan.entries == Seqs{2, 3, 5, 6, 8, 9});
}

TEST_CASE("a hold stops what a rule would let go, until it is released") {
  Lab lab(10);
  (void)declare_retention(lab.ledger, retain_all("1d"));
  (void)place_hold(lab.ledger, "case-7", "agent:agent-2");
  (void)place_hold(lab.ledger, "case-8", "seq:5");
  const Timestamp later = received(lab, 1) + kYear;
  CHECK_FALSE(may_go(lab, {1, 3}, later));
  CHECK(expired(lab, later).at(0).plan.entries == Seqs{1, 2, 4, 6, 7, 9, 10});
  CHECK(code_of([&] { (void)place_hold(lab.ledger, "case-7", "seq:1"); }) ==
        ErrorCode::already_exists);
  CHECK(code_of([&] { (void)place_hold(lab.ledger, "a b", "seq:1"); }) ==
        ErrorCode::invalid_argument);
  CHECK(code_of([&] { (void)release_hold(lab.ledger, "case-9"); }) == ErrorCode::not_found);
  (void)release_hold(lab.ledger, "case-7");
  CHECK(expired(lab, later).at(0).plan.entries == Seqs{1, 2, 3, 4, 6, 7, 8, 9, 10});
}

TEST_CASE("a hold is gone after an entry that does not say so, or says it in other words") {
  for (const char* payload : {R"({"hold":"case-7"})", R"({"hold":"case-7","state":"suspended"})",
                              R"({"hold":"case-7","state":1})", R"({"hold":7,"state":"released"})",
                              R"({"hold":"","state":"released"})", R"({"state":"released"})",
                              R"([])", R"({"hold":)", R"({"hold":"case-8","state":"placed"})",
                              R"({"hold":"case-8","state":"placed","query":7})"}) {
    CAPTURE(payload);
    Lab lab(10);
    (void)place_hold(lab.ledger, "case-7", "agent:agent-2");
    (void)lab.append_system("sys.hold", payload);
    CHECK(code_of([&] { (void)read_retention(LedgerView::open(lab.ledger)); }) ==
          ErrorCode::damaged);
    CHECK(code_of([&] { (void)release_hold(lab.ledger, "case-7"); }) == ErrorCode::damaged);
    const ErasurePlan plan =
        plan_erasure(LedgerView::open(lab.ledger), Seqs{1}, find_erasure_scope("payload").value());
    CHECK(code_of([&] { (void)erase(lab.ledger, plan, {"who", "why"}); }) == ErrorCode::damaged);
    CHECK(lab.verify().erased == 0);
  }
}

TEST_CASE("rules that cannot be read are a mistake of whoever asks, and not of the ledger") {
  Lab lab(10);
  (void)lab.append_system("sys.retention", R"({"rules":[{"name":"a","at_least":"soon"}]})");
  CHECK(code_of([&] { (void)read_retention(LedgerView::open(lab.ledger)); }) == ErrorCode::damaged);
}

TEST_CASE("of two holds of one name the second takes the place of the first") {
  Lab lab(10);
  // As two processes of an earlier version could place them at the same time.
  (void)place_hold(lab.ledger, "case-7", "seq:2");
  (void)lab.append_system("sys.hold", R"({"hold":"case-7","state":"placed","query":"seq:3"})");
  const Timestamp later = received(lab, 1) + kYear;
  CHECK_FALSE(may_go(lab, {2}, later));
  CHECK_FALSE(may_go(lab, {3}, later));
  CHECK(may_go(lab, {4}, later));
  (void)release_hold(lab.ledger, "case-7");
  CHECK(may_go(lab, {2, 3}, later));
}

TEST_CASE("of several changes one is made and the other is not") {
  Lab lab(10);
  (void)place_hold(lab.ledger, "case-7", "seq:2");
  const std::uint64_t size = LedgerView::open(lab.ledger).size();
  const std::vector<LegalHold> two{{"case-8", "seq:3", 0, {}}, {"case-7", "seq:4", 0, {}}};
  const std::vector<LegalHold> twice{{"case-9", "seq:3", 0, {}}, {"case-9", "seq:4", 0, {}}};
  CHECK(code_of([&] {
          (void)change_retention(lab.ledger, {retain_all("1d"), two, {}});
        }) == ErrorCode::already_exists);
  CHECK(code_of([&] {
          (void)change_retention(lab.ledger, {{}, twice, {}});
        }) == ErrorCode::already_exists);
  CHECK(code_of([&] {
          (void)change_retention(lab.ledger, {{}, {two[0]}, {"case-9"}});
        }) == ErrorCode::not_found);
  CHECK(code_of([&] {
          (void)change_retention(lab.ledger, {{}, {}, {"case-7", "case-7"}});
        }) == ErrorCode::not_found);
  CHECK(LedgerView::open(lab.ledger).size() == size);
  const Seqs seqs = change_retention(lab.ledger, {retain_all("1d"), {two[0]}, {"case-7"}});
  CHECK(seqs == Seqs{size, size + 1, size + 2});
  const Retention now = read_retention(LedgerView::open(lab.ledger));
  CHECK(now.seq == size);
  REQUIRE(now.holds.size() == 1);
  CHECK(now.holds[0].id == "case-8");
  CHECK(lab.verify().verdict == Verdict::intact);
}

TEST_CASE("who can write the file changes what is held, and then erases it lawfully") {
  const std::string edit =
      "UPDATE entry SET payload = CAST(replace(CAST(payload AS TEXT), 'agent-2', 'agent-9') AS "
      "BLOB) WHERE seq = 11";
  // The entry alone; or with a hash that fits it, which then leads to no root.
  for (const bool with_hash : {false, true}) {
    CAPTURE(with_hash);
    Lab lab(10);
    (void)place_hold(lab.ledger, "case-7", "agent:agent-2");
    lab.append(600);
    lab.sql(edit);
    if (with_hash) {
      ledger::EvidenceScan scan(lab.ledger);
      ledger::WordTable words;
      words.load(scan.database());
      ledger::EntryDecoder decoder(words);
      ledger::EntryRow row;
      event::Committer committer;
      scan.read(11, 12, decoder);
      REQUIRE(scan.next(row));
      const auto hash = ledger::hash_from_row(row, 11, *scan.hash_of(10), committer);
      REQUIRE(hash);
      lab.sql("UPDATE entry SET hash = ?1 WHERE seq = 11", {std::string(base::bytes_of(*hash))});
    }
    CHECK(code_of([&] { (void)read_retention(LedgerView::open(lab.ledger)); }) ==
          ErrorCode::damaged);
    const ErasurePlan plan =
        plan_erasure(LedgerView::open(lab.ledger), Seqs{3}, find_erasure_scope("payload").value());
    CHECK(code_of([&] { (void)erase(lab.ledger, plan, {"who", "why"}); }) == ErrorCode::damaged);
    CHECK(lab.number("SELECT count(*) FROM entry WHERE stored = 3") == 0);
  }
}

TEST_CASE("what must stay beyond the last moment there is may go at once, or long ago") {
  Lab lab(3);
  (void)declare_retention(
      lab.ledger, parse_retention(R"({"rules":[{"name":"calls","query":"seq:1","at_least":"290y"},
        {"name":"rest","at_least":"200y"}]})"));
  const LedgerView view = LedgerView::open(lab.ledger);
  const Retention retention = read_retention(view);
  const auto why = [&](std::uint64_t seq) {
    try {
      require_erasable(view, retention, Seqs{seq}, received(lab, 1));
    } catch (const Error& error) {
      return error.message();
    }
    return std::string();
  };
  CHECK(why(1).find("must stay for ever") != std::string::npos);
  CHECK(why(2).find("must stay until 22") != std::string::npos);
}

// Behind twenty events: entry 21 a record, 22 and 23 its parts, each with bytes of its own and one
// agent; 24 and 25 a record with a part that has none.
void add_records(Lab& lab) {
  std::vector<Event> events(5);
  for (const std::size_t i : {0U, 3U}) {
    events[i].envelope.set_text(Field::type, "source.record");
    events[i].payload = i == 0 ? "[,]" : "{\"all\":\"of it\"}";
  }
  for (const std::size_t i : {1U, 2U, 4U}) {
    events[i].envelope.set_text(Field::type, "tool.call");
    events[i].envelope.set_text(Field::agent, "part-" + std::to_string(i));
    events[i].envelope.set_number(Field::part_of, i == 4 ? 24 : 21);
    events[i].envelope.set_number(Field::part_index, i == 2 ? 1 : 0);
    events[i].has_payload = i != 4;
    if (i == 4) continue;
    events[i].envelope.set_number(Field::part_offset, static_cast<std::int64_t>(i));
    events[i].payload = "{}";
  }
  Ledger open = lab.open_ledger();
  (void)open.append(events);
  open.close();
}

TEST_CASE("a hold on a part lets its record go, or one on a record lets its parts go") {
  Lab lab;
  add_records(lab);
  const Timestamp later = received(lab, 21) + kYear;
  (void)place_hold(lab.ledger, "of-a-part", "agent:part-2");
  CHECK_FALSE(may_go(lab, {21}, later));
  CHECK(may_go(lab, {22, 24, 25}, later));
  (void)release_hold(lab.ledger, "of-a-part");
  (void)place_hold(lab.ledger, "of-a-record", "seq:21");
  CHECK_FALSE(may_go(lab, {22}, later));
  CHECK(may_go(lab, {24, 25}, later));
}

TEST_CASE("a record expires before its parts may") {
  Lab lab;
  add_records(lab);
  (void)declare_retention(
      lab.ledger,
      parse_retention(R"({"rules":[{"name":"parts","query":"agent:part-2","at_least":"7y"},
        {"name":"rest","at_most":"1y"}]})"));
  const Timestamp later = received(lab, 21) + 2 * kYear;
  CHECK_FALSE(may_go(lab, {21}, later));
  const auto old = expired(lab, later);
  REQUIRE(old.size() == 1);
  CHECK(old[0].kept == 1);  // 21
  CHECK(old[0].plan.entries.back() == 25);
  CHECK(old[0].plan.entries.size() == 20 + 1 + 2);
  // What was planned is allowed.
  CHECK(may_go(lab, old[0].plan.entries, later));
  CHECK(may_go(lab, old[0].plan.carriers, later));
}

TEST_CASE("one entry that is held keeps all of a rule from expiring") {
  Lab lab;
  add_records(lab);
  (void)declare_retention(lab.ledger, retain_all("1y"));
  (void)place_hold(lab.ledger, "case-7", "seq:24");  // the bytes of 25 stand in it
  const auto old = expired(lab, received(lab, 21) + 2 * kYear);
  REQUIRE(old.size() == 1);
  CHECK(old[0].kept == 2);
  CHECK(old[0].plan.entries.size() == 20 + 3);
  EraseOptions options;
  options.now = received(lab, 21) + 2 * kYear;
  CHECK(erase(lab.ledger, old[0].plan, {"who", "why"}, options).entries == 23);
  CHECK(lab.verify().verdict == Verdict::intact);
}

TEST_CASE("erase asks what is declared, whatever its caller did") {
  Lab lab(10);
  (void)place_hold(lab.ledger, "case-7", "agent:agent-2");
  const ErasurePlan plan = plan_erasure(LedgerView::open(lab.ledger), Seqs{1, 2, 3},
                                        find_erasure_scope("payload").value());
  CHECK(code_of([&] { (void)erase(lab.ledger, plan, {"who", "why"}); }) == ErrorCode::permission);
  CHECK(lab.verify().erased == 0);
}

}  // namespace audit::test
