#include <audit/query.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "raw_database.hpp"
#include "temp_folder.hpp"

namespace audit {
namespace {

Timestamp at(std::string_view text) { return parse_timestamp(text).value(); }

Query ask(std::string_view text) {
  const auto query = parse_query(text, at("2026-08-10T12:00:00Z"));
  REQUIRE_MESSAGE(query.has_value(), text);
  return *query;
}

// Entry n (from 1) says "number n" and has agent a0 to a9; each third one has no payload.
Event event_number(int n) {
  Event event;
  event.envelope.set_text(Field::type, n % 2 == 0 ? "tool.call" : "llm.call");
  event.envelope.set_text(Field::agent, "a" + std::to_string(n % 10));
  event.envelope.set_number(Field::time, nanoseconds(at("2026-08-01")) + n);
  event.has_payload = n % 3 != 0;
  if (event.has_payload) event.payload = R"({"text":"number )" + std::to_string(n) + R"("})";
  return event;
}

// A ledger of 1,000 events in two segments, with entries of the program's own among them, and 100
// more that the index does not hold.
class SomeLedger {
 public:
  SomeLedger() : file_(folder_ / "some.ledger") {
    create_ledger(file_, {"example.com/test", {}, {}});
    Ledger ledger = Ledger::open(file_);
    append(ledger, 1, 700);
    ledger.append_system("sys.alert", R"({"text":"number of alerts"})");
    ledger.update_index();
    append(ledger, 701, 1000);
    ledger.update_index();
    ledger.append_system("sys.verify", "{}");
    append(ledger, 1001, 1100);
  }

  [[nodiscard]] LedgerView view() const { return LedgerView::open(file_); }

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  static void append(Ledger& ledger, int first, int last) {
    std::vector<Event> events;
    for (int n = first; n <= last; ++n) events.push_back(event_number(n));
    ledger.append(events);
  }

  test::TempFolder folder_;
  std::filesystem::path file_;
};

std::vector<std::uint64_t> found(const LedgerView& view, std::string_view text,
                                 SearchOptions options = {}) {
  std::vector<std::uint64_t> numbers;
  Search search(view, ask(text), options);
  while (search.next()) numbers.push_back(search.entry().seq);
  return numbers;
}

// What asking every entry gives, newest first.
std::vector<std::uint64_t> expected(const LedgerView& view, std::string_view text,
                                    bool system_entries = false) {
  std::vector<std::uint64_t> numbers;
  const Query query = ask(text);
  EntryCursor rows = view.entries({0, view.size()}, Order::newest_first);
  while (rows.next()) {
    const bool system = rows.entry().envelope.text(Field::type).starts_with("sys");
    if (system && !system_entries) continue;
    if (query.matches(rows.entry())) numbers.push_back(rows.entry().seq);
  }
  return numbers;
}

TEST_CASE("an answer is complete over segments and what is not indexed yet") {
  const SomeLedger ledger;
  const LedgerView view = ledger.view();
  for (const char* text :
       {"number", "\"number 777\"", "agent:a3", "agent:a3 -number", "a3 OR a4 7*", "has:payload",
        "payload.text:\"number 1001\"", "nothing", "-agent:a*",
        "since:2026-08-01T00:00:00.000000500Z until:2026-08-01T00:00:00.000001050Z",
        "type:tool number -(agent:a2 OR agent:a4)", "seq:1..5", "seq:990.."}) {
    CAPTURE(text);
    CHECK(found(view, text) == expected(view, text));
    SearchOptions scan;
    scan.use_index = false;
    CHECK(found(view, text, scan) == expected(view, text));
    CHECK(Search(view, ask(text)).count() == expected(view, text).size());
    CHECK(Search(view, ask(text), scan).count() == expected(view, text).size());
  }
}

TEST_CASE("the program's own entries are left out unless asked for") {
  const SomeLedger ledger;
  const LedgerView view = ledger.view();
  CHECK(found(view, "").size() == 1100);
  CHECK(Search(view, ask("")).count() == 1100);
  CHECK(found(view, "type:sys.*") == expected(view, "type:sys.*", true));
  CHECK(found(view, "type:sys").size() == 3);
  CHECK(found(view, "alerts").empty());
  CHECK(found(view, "alerts type:sys.alert").size() == 1);
  CHECK(found(view, "seq:0") == std::vector<std::uint64_t>{0});
  CHECK(found(view, "seq:0..1") == std::vector<std::uint64_t>{1});
  SearchOptions all;
  all.system_entries = true;
  CHECK(found(view, "", all).size() == view.size());
  CHECK(Search(view, Query(), all).count() == view.size());
}

TEST_CASE("order, limit and range cut the same answer") {
  const SomeLedger ledger;
  const LedgerView view = ledger.view();
  for (const char* text : {"number", "", "agent:a7", "payload.text:\"number 7\"*"}) {
    CAPTURE(text);
    for (const bool use_index : {true, false}) {
      CAPTURE(use_index);
      SearchOptions options;
      options.use_index = use_index;
      std::vector<std::uint64_t> newest = expected(view, text);
      std::vector<std::uint64_t> oldest(newest.rbegin(), newest.rend());
      options.order = Order::oldest_first;
      CHECK(found(view, text, options) == oldest);
      for (const std::uint64_t limit : {1U, 2U, 50U, 5000U}) {
        options.limit = limit;
        const auto count =
            static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(limit, newest.size()));
        options.order = Order::newest_first;
        CHECK(found(view, text, options) == std::vector(newest.begin(), newest.begin() + count));
        options.order = Order::oldest_first;
        CHECK(found(view, text, options) == std::vector(oldest.begin(), oldest.begin() + count));
      }
      options.limit = 0;
      options.order = Order::newest_first;
      for (const SequenceRange range :
           {SequenceRange{0, 1}, SequenceRange{100, 900}, SequenceRange{650, 760},
            SequenceRange{900, 5000}, SequenceRange{5000, 6000}, SequenceRange{10, 10}}) {
        std::vector<std::uint64_t> within;
        for (const std::uint64_t seq : newest) {
          if (range.first <= seq && seq < range.last) within.push_back(seq);
        }
        options.range = range;
        CHECK(found(view, text, options) == within);
        CHECK(Search(view, ask(text), options).count() == within.size());
      }
      options.range = {0, UINT64_MAX};
    }
  }
}

TEST_CASE("what the index answers alone is counted without reading entries") {
  const SomeLedger ledger;
  const LedgerView view = ledger.view();
  Search search(view, ask("number agent:a3 -type:tool"));
  CHECK(search.count() == expected(view, "number agent:a3 -type:tool").size());
  CHECK(search.statistics().indexed == 1002);
  CHECK(search.statistics().rows_read == view.size() - 1002);
  CHECK(search.statistics().index_note.empty());
}

TEST_CASE(
    "hits that the index is sure of come with what the caller wants, and only the hits are read") {
  const SomeLedger ledger;
  const LedgerView view = ledger.view();
  SearchOptions options;
  options.order = Order::oldest_first;
  options.limit = 3;
  options.wanted = FieldSet{Field::agent};
  options.with_payload = false;
  Search search(view, ask("number agent:a1 payload:number"), options);
  REQUIRE(search.next());
  CHECK(search.entry().seq == 1);
  CHECK(search.entry().envelope.text(Field::agent) == "a1");
  CHECK(search.entry().payload.empty());
  REQUIRE(search.next());
  REQUIRE(search.next());
  CHECK_FALSE(search.next());
  CHECK_FALSE(search.next());
  CHECK(search.statistics().rows_read == 3);
}

TEST_CASE("a missing index costs time, never an answer") {
  const SomeLedger ledger;
  std::filesystem::remove(index_file(ledger.file()));
  const LedgerView view = ledger.view();
  Search search(view, ask("number agent:a3"));
  CHECK(search.count() == expected(view, "number agent:a3").size());
  CHECK(search.statistics().indexed == 0);
}

TEST_CASE("an entry that was looked for and is not there goes unmentioned") {
  const SomeLedger ledger;
  test::RawDatabase(ledger.file()).run("DELETE FROM entry WHERE seq IN (5, 600, 601, 1050, 1101)");
  for (const bool use_index : {true, false}) {
    for (const Order order : {Order::newest_first, Order::oldest_first}) {
      CAPTURE(use_index);
      const LedgerView view = ledger.view();
      std::vector<std::uint64_t> missing;
      SearchOptions options;
      options.use_index = use_index;
      options.order = order;
      options.passed_over = [&](const Entry& entry) {
        if (entry.hash == Digest()) missing.push_back(entry.seq);
      };
      Search search(view, ask("number"), options);
      while (search.next()) continue;
      std::sort(missing.begin(), missing.end());
      // 600 says nothing: the index knows that, and a scan does not.
      CHECK(missing == (use_index ? std::vector<std::uint64_t>{5, 601, 1050, 1101}
                                  : std::vector<std::uint64_t>{5, 600, 601, 1050, 1101}));
    }
  }
}

TEST_CASE("an index of another ledger is not believed") {
  const SomeLedger ledger;
  const SomeLedger other;
  std::filesystem::copy_file(index_file(other.file()), index_file(ledger.file()),
                             std::filesystem::copy_options::overwrite_existing);
  const LedgerView view = ledger.view();
  Search search(view, ask("number agent:a3"));
  CHECK(search.count() == expected(view, "number agent:a3").size());
  CHECK(search.statistics().indexed == 0);
  CHECK_FALSE(search.statistics().index_note.empty());
}

}  // namespace

TEST_CASE("a long phrase is answered by its first words alone") {
  const test::TempFolder folder;
  const std::filesystem::path file = folder / "a.ledger";
  create_ledger(file, {"example.com/test", {}, {}});
  std::string words;
  for (int i = 0; i < 100; ++i) words += (i == 0 ? "w" : " w") + std::to_string(i);
  Ledger ledger = Ledger::open(file);
  std::vector<Event> events(300, event_number(1));
  events[7].payload = R"({"text":")" + words + R"("})";
  events[8].payload = R"({"text":")" + words + R"( but the last"})";
  events[8].payload.replace(events[8].payload.find("w99"), 3, "x99");
  ledger.append(events);
  ledger.update_index();
  const LedgerView view = LedgerView::open(file);
  for (const bool use_index : {true, false}) {
    Search search(view, ask('"' + words + '"'), {.use_index = use_index});
    REQUIRE(search.next());
    CHECK(search.entry().payload.find("w99") != std::string::npos);
    CHECK_FALSE(search.next());
  }
}

}  // namespace audit
