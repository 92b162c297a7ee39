#include <audit/ledger.hpp>
#include <audit/verify.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "events.hpp"
#include "ledger/evidence.hpp"
#include "ledger/ids.hpp"
#include "temp_folder.hpp"
#include "thrown.hpp"

namespace audit {

namespace {

using Kind = Ledger::Outcome::Kind;

}  // namespace

TEST_CASE("an entry that does not come back as it went in") {
  const test::TempFolder folder;
  const auto file = folder / "l";
  test::make_ledger(file);
  Event event = test::event("tool.call", "{\"a\": 1}\r", test::uuid(7));
  Envelope& envelope = event.envelope;
  envelope.set_number(Field::time, -1);
  envelope.set_text(Field::agent, "billing");
  envelope.set_text(Field::user, "Zoë");
  envelope.set_text(Field::trace, "4bf92f3577b34da6a3ce929d0e0e4736");
  envelope.set_text(Field::span, "00F067AA");  // upper case cannot be packed
  envelope.set_text(Field::parent, "not-hex");
  envelope.set_text(Field::tool, std::string(300, 't'));  // too long for the dictionary
  envelope.set_text(Field::links, "one");
  envelope.set_text(Field::links, "two");
  envelope.set_number(Field::side_effect, 0);
  envelope.set_number(Field::cost_nano, INT64_MIN);
  Digest digest;
  digest.bytes.fill(0xab);
  envelope.set_hash(Field::payload_hash, digest);
  envelope.set_text(Field::reason, "because");
  {
    Ledger ledger = Ledger::open(file);
    ledger.append(std::span(&event, 1));
    ledger.close();
  }
  const std::vector<Entry> entries = test::entries_of(file);
  REQUIRE(entries.size() == 2);
  const Entry& entry = entries[1];
  CHECK(entry.payload == event.payload);
  REQUIRE(entry.envelope.size() == envelope.size());
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    CAPTURE(name_of(envelope.at(i).field));
    CHECK(entry.envelope.at(i).field == envelope.at(i).field);
    CHECK(entry.envelope.at(i).kind == envelope.at(i).kind);
    CHECK(entry.envelope.at(i).number == envelope.at(i).number);
    CHECK(entry.envelope.at(i).text == envelope.at(i).text);
  }
}

TEST_CASE("no payload confused with an empty one") {
  const test::TempFolder folder;
  const auto file = folder / "l";
  test::make_ledger(file);
  std::vector<Event> events{test::event("message", ""), test::event("message", "")};
  events[1].has_payload = false;
  Ledger::open(file).append(events);
  const std::vector<Entry> entries = test::entries_of(file);
  CHECK(entries[1].payload_state == Entry::Payload::present);
  CHECK(entries[2].payload_state == Entry::Payload::none);
}

TEST_CASE("a ledger, key or verifier key overwritten") {
  const test::TempFolder folder;
  const auto file = folder / "l";
  test::make_ledger(file);
  CHECK(test::code_of([&] { test::make_ledger(file); }) == ErrorCode::already_exists);
  std::filesystem::remove(file);
  CHECK(test::code_of([&] { test::make_ledger(file); }) == ErrorCode::already_exists);
  std::filesystem::remove(verify_key_file(file));
  CHECK(test::code_of([&] { test::make_ledger(file); }) == ErrorCode::already_exists);
  CHECK(std::filesystem::exists(default_key_file(file)));
}

TEST_CASE("a key or a ledger others can read") {
  const test::TempFolder folder;
  test::make_ledger(folder / "l");
  Ledger::open(folder / "l").update_index();
  for (const char* name : {"l", "l.key", "l.index"}) {
    const auto mode = std::filesystem::status(folder / name).permissions();
    CHECK((mode & std::filesystem::perms(077)) == std::filesystem::perms::none);
  }
}

TEST_CASE("a ledger at rest that is more than one file") {
  const test::TempFolder folder;
  const auto file = folder / "l";
  test::make_ledger(file);
  const Event event = test::event("message", "x");
  {
    Ledger ledger = Ledger::open(file);
    ledger.append(std::span(&event, 1));
    (void)LedgerView::open(file);
    ledger.close();
  }
  CHECK_FALSE(std::filesystem::exists(folder / "l-wal"));
  CHECK_FALSE(std::filesystem::exists(folder / "l-shm"));
  CHECK(test::entries_of(file).size() == 2);
  CHECK_FALSE(std::filesystem::exists(folder / "l-shm"));
}

TEST_CASE("an id that comes again and again with other bytes makes each look-up longer") {
  const test::TempFolder folder;
  const auto file = folder / "l";
  test::make_ledger(file);
  constexpr int kMany = 600;
  std::vector<Event> events;
  for (int i = 0; i < kMany; ++i) {
    events.push_back(test::event("message", fmt::format("{}", i), "id-1"));
  }
  {
    Ledger ledger = Ledger::open(file);
    for (const Ledger::Outcome& outcome : ledger.append(events)) {
      CHECK(outcome.kind == (outcome.seq == 1 ? Kind::stored : Kind::conflict));
    }
    ledger.close();
  }
  const auto check_known = [&] {
    Ledger ledger = Ledger::open(file);
    const auto outcomes = ledger.append(events);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      CHECK(outcomes[i].kind == Kind::duplicate);
      CHECK(outcomes[i].seq == i + 1);
    }
  };
  check_known();
  std::filesystem::remove(index_file(file));  // what is made anew from the evidence knows as much
  check_known();
  const ledger::Database database = ledger::open_evidence(file, std::chrono::seconds(1));
  ledger::SeenIds ids(index_file(file), ledger::read_identity(database).ledger_id);
  ids.catch_up(database, kMany + 1);
  std::vector<std::uint64_t> candidates;
  ids.find(database, "id-1", "500", candidates);
  CHECK(candidates.size() < 20);
  CHECK(std::count(candidates.begin(), candidates.end(), 501) == 1);
}

TEST_CASE("an event stored twice, or a conflict lost") {
  const test::TempFolder folder;
  const auto file = folder / "l";
  test::make_ledger(file);
  const std::vector<Event> events{
      test::event("message", "a", "id-1"),                               // stored
      test::event("message", "a", "id-1"),                               // the same
      test::event("message", "b", "id-1"),                               // other bytes
      test::event("message", "b", "id-1"),                               // the same as the conflict
      test::event("message", "a", "id-1"),                               // the same as the first
      test::event("message", "a"),         test::event("message", "a"),  // no id: two facts
  };
  const std::vector<Kind> want{Kind::stored,    Kind::duplicate, Kind::conflict, Kind::duplicate,
                               Kind::duplicate, Kind::stored,    Kind::stored};
  Ledger ledger = Ledger::open(file);
  const auto outcomes = ledger.append(events);
  for (std::size_t i = 0; i < want.size(); ++i) {
    CAPTURE(i);
    CHECK(outcomes[i].kind == want[i]);
  }
  CHECK(outcomes[3].seq == outcomes[2].seq);
  const auto entry = LedgerView::open(file).entry(outcomes[2].seq);
  CHECK(entry->envelope.contains(Field::flags, "conflict"));
}

TEST_CASE("ids forgotten when the index is gone, damaged, or another ledger's") {
  const test::TempFolder folder;
  const auto file = folder / "l";
  test::make_ledger(file);
  std::vector<Event> events;
  for (std::uint64_t i = 0; i < 5000; ++i)
    events.push_back(test::event("message", "x", test::uuid(i)));
  {
    Ledger ledger = Ledger::open(file);
    ledger.append(events);
    ledger.close();
  }
  const auto all_known = [&] {
    Ledger ledger = Ledger::open(file);
    const auto outcomes = ledger.append(events);
    ledger.close();
    return std::all_of(outcomes.begin(), outcomes.end(),
                       [](const auto& outcome) { return outcome.kind == Kind::duplicate; });
  };
  CHECK(all_known());
  SUBCASE("gone") { std::filesystem::remove(index_file(file)); }
  SUBCASE("damaged") { std::filesystem::resize_file(index_file(file), 5000); }
  SUBCASE("not an index") {
    std::filesystem::copy_file(file, index_file(file),
                               std::filesystem::copy_options::overwrite_existing);
  }
  SUBCASE("another ledger's") {
    test::make_ledger(folder / "other");
    Ledger::open(folder / "other").update_index();
    std::filesystem::copy_file(folder / "other.index", index_file(file),
                               std::filesystem::copy_options::overwrite_existing);
  }
  CHECK(all_known());
  CHECK(test::entries_of(file).size() == 5001);
}

TEST_CASE("two writers that do not see each other's events") {
  const test::TempFolder folder;
  const auto file = folder / "l";
  test::make_ledger(file);
  Ledger first = Ledger::open(file);
  Ledger second = Ledger::open(file);
  for (std::uint64_t i = 0; i < 600; ++i) {
    const Event event = test::event(fmt::format("kind-{}", i % 50), "x", test::uuid(i));
    CHECK((i % 2 == 0 ? first : second).append(std::span(&event, 1))[0].kind == Kind::stored);
    CHECK((i % 2 == 0 ? second : first).append(std::span(&event, 1))[0].kind == Kind::duplicate);
  }
  const std::vector<Entry> entries = test::entries_of(file);
  REQUIRE(entries.size() == 601);
  for (std::uint64_t i = 0; i < 600; ++i) {
    CHECK(entries[i + 1].envelope.text(Field::type) == fmt::format("kind-{}", i % 50));
  }
}

TEST_CASE("half of a refused batch stored") {
  const test::TempFolder folder;
  const auto file = folder / "l";
  test::make_ledger(file);
  Ledger ledger = Ledger::open(file);
  std::vector<Event> events{test::event("message", "good"), test::event("sys.created", "forged")};
  CHECK(test::code_of([&] { ledger.append(events); }) == ErrorCode::invalid_event);
  CHECK(test::entries_of(file).size() == 1);
}

TEST_CASE("what a writer gave up takes the place of the ids that others stored there") {
  constexpr std::uint64_t kMany = 5000;  // enough for close() to write them down
  const test::TempFolder folder;
  const auto file = folder / "l";
  test::make_ledger(file);
  std::vector<Event> given_up;
  std::vector<Event> stored;
  for (std::uint64_t i = 0; i < kMany; ++i) {
    given_up.push_back(test::event("message", "a", test::uuid(i)));
    stored.push_back(test::event("message", "b", test::uuid(kMany + i)));
  }
  given_up.push_back(test::event("message", std::string(kMaxPayloadBytes + 1, 'x')));
  for (const bool closes : {false, true}) {
    CAPTURE(closes);
    Ledger other = Ledger::open(file);
    {
      Ledger ledger = Ledger::open(file);
      CHECK(test::code_of([&] { ledger.append(given_up); }) == ErrorCode::limit);
      CHECK(other.append(stored).size() == kMany);
      if (closes) ledger.close();
    }
    for (const Ledger::Outcome& outcome : Ledger::open(file).append(stored)) {
      REQUIRE(outcome.kind == Kind::duplicate);
    }
  }
  CHECK(LedgerView::open(file).size() == kMany + 1);
}

TEST_CASE("append_system forges what the ledger itself rests on, or what verify calls tampered") {
  const test::TempFolder folder;
  const auto file = folder / "l";
  test::make_ledger(file);
  Ledger ledger = Ledger::open(file);
  for (const char* type : {"sys.created", "sys.key", "sys.erasure", "sys.retention", "sys.hold",
                           "sys.schema", "message", "sys", "SYS.note", "sys.\xff"}) {
    CAPTURE(type);
    CHECK(test::code_of([&] { (void)ledger.append_system(type, "{}"); }) ==
          ErrorCode::invalid_argument);
  }
  for (const char* payload : {"", "hello", "[]", "{\n}", "{} {}", "\xef\xbb\xbf{}"}) {
    CAPTURE(payload);
    CHECK(test::code_of([&] { (void)ledger.append_system("sys.note", payload); }) ==
          ErrorCode::invalid_argument);
  }
  CHECK(ledger.append_system("sys.note", R"({"text":"of the caller's own"})") == 1);
  ledger.close();
  CHECK(verify_ledger(file, {}).verdict == Verdict::intact);
}

TEST_CASE("a link in the place of the index has a file made wherever it leads") {
  const test::TempFolder folder;
  const auto file = folder / "l";
  test::make_ledger(file);
  std::filesystem::create_symlink(folder / "elsewhere", index_file(file));
  const Event event = test::event("message", "x");
  CHECK(test::code_of([&] { Ledger::open(file).append(std::span(&event, 1)); }) == ErrorCode::io);
  CHECK_FALSE(std::filesystem::exists(folder / "elsewhere"));
  CHECK(test::entries_of(file).size() == 1);
}

TEST_CASE("a ledger written with a stranger's key") {
  const test::TempFolder folder;
  const auto file = folder / "l";
  test::make_ledger(file);
  test::make_ledger(folder / "other");
  CHECK(test::code_of([&] {
          (void)Ledger::open(file, {.key_file = default_key_file(folder / "other"), .wait = {}});
        }) == ErrorCode::configuration);
  std::filesystem::remove(default_key_file(file));
  CHECK(test::code_of([&] { (void)Ledger::open(file); }) == ErrorCode::configuration);
}

TEST_CASE("a view that grows under its reader") {
  const test::TempFolder folder;
  const auto file = folder / "l";
  test::make_ledger(file);
  Ledger ledger = Ledger::open(file);
  const Event event = test::event("message", "x");
  ledger.append(std::span(&event, 1));
  const LedgerView view = LedgerView::open(file);
  ledger.append(std::span(&event, 1));
  CHECK(view.size() == 2);
  CHECK_FALSE(view.entry(2).has_value());
  CHECK(LedgerView::open(file).size() == 3);
}

TEST_CASE("something else opened as a ledger") {
  const test::TempFolder folder;
  const auto open = [&] { (void)LedgerView::open(folder / "l"); };
  CHECK(test::code_of(open) == ErrorCode::not_found);
  std::ofstream(folder / "l").close();
  CHECK(test::code_of(open) == ErrorCode::damaged);
  std::ofstream(folder / "l") << std::string(5000, 'x');
  CHECK(test::code_of(open) == ErrorCode::damaged);
  std::filesystem::remove(folder / "l");
  std::filesystem::create_directory(folder / "l");
  CHECK(test::code_of(open) == ErrorCode::damaged);
}

}  // namespace audit
