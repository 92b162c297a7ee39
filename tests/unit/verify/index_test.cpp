// An index that would make a search miss or invent an entry must be noticed.
#include "ledger/index.hpp"

#include <audit/error.hpp>

#include <doctest/doctest.h>

#include "event/text.hpp"
#include "lab.hpp"
#include "ledger/index_file.hpp"
#include "ledger/segment.hpp"
#include "ledger/segment_digest.hpp"

namespace audit::test {

namespace {

using Kinds = std::set<std::string>;
using Seqs = std::set<std::uint64_t>;

// What an entry gives to the index; a forger changes it.
struct Indexed {
  std::uint64_t seq;
  Envelope envelope;
  std::int64_t when;
  std::string text;
};

// Builds an index that is right in every byte, but for other content, in segments of `length`.
template <class Change>
void forge_index(const Lab& lab, Change&& change, std::uint64_t length = 1'000'000) {
  const LedgerView view = LedgerView::open(lab.ledger);
  std::filesystem::remove(index_file(lab.ledger));
  auto file = ledger::IndexFile::open_to_write(index_file(lab.ledger), view.ledger_id());
  ledger::SegmentBuilder builder;
  base::JsonReader json;
  ledger::Transaction transaction(file.database(), ledger::Transaction::Kind::write);
  std::uint64_t first = 0;
  auto rows = view.entries({0, view.size()});
  while (rows.next()) {
    const Entry& entry = rows.entry();
    Indexed indexed{entry.seq, entry.envelope, nanoseconds(entry.when()), {}};
    if (entry.payload_state == Entry::Payload::present) {
      event::append_payload_text(json, entry.payload, indexed.text);
    }
    change(indexed);
    builder.add(indexed.envelope, indexed.when, indexed.text);
    if (entry.seq + 1 < view.size() && builder.entries() < length) continue;
    const ledger::IndexFile::Object object{file.next_id(), first, entry.seq + 1, entry.hash, {}};
    ledger::write_segment(file, object, builder);
    first = entry.seq + 1;
  }
  transaction.commit();
}

void replace(std::string& text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
}

VerifyReport check_blames(const Lab& lab, const Seqs& seqs) {
  VerifyReport report = lab.verify();
  CHECK(report.verdict == Verdict::tampered);
  CHECK(kinds(report) == Kinds{"index"});
  CHECK(named(report) == seqs);
  CHECK(status_of(report, "index") == Check::Status::fail);
  CHECK_FALSE(has_level(report, Level::index));
  CHECK(has_level(report, Level::tree));
  CHECK(lab.verify({.quick = true}).verdict == Verdict::intact);
  return report;
}

}  // namespace

TEST_CASE("an index built by hand, in segments of any length, agrees when nothing was changed") {
  const Lab lab(9000, false);
  for (const std::uint64_t length : {1'000'000U, 4096U, 1000U, 4097U}) {
    CAPTURE(length);
    forge_index(
        lab, [](Indexed&) {}, length);
    const VerifyReport report = lab.verify();
    CHECK(report.verdict == Verdict::intact);
    CHECK(report.findings.empty());
    CHECK(has_level(report, Level::index));
  }
}

TEST_CASE("a word left out, added, changed, moved or doubled: the entry is named") {
  const Lab lab(30, false);
  const auto forge = [&](std::string_view from, std::string_view to) {
    forge_index(lab, [&](Indexed& entry) {
      if (entry.seq == 8) replace(entry.text, from, to);
    });
    check_blames(lab, {8});
  };
  forge("quick ", "");
  forge("quick ", "quick quick ");
  forge("quick", "slow");
  forge("quick brown", "brown quick");
  forge("lazy dog", "lazy cat dog");
}

TEST_CASE("a word moved by one place only: a phrase would find something else") {
  const Lab lab(30, false);
  forge_index(lab, [](Indexed& entry) {
    if (entry.seq == 8) replace(entry.text, "lazy dog", std::string("lazy\xff") + "dog");
  });
  check_blames(lab, {8});
}

TEST_CASE("the words of two entries exchanged: both are named") {
  const Lab lab(30, false);
  std::string kept;
  forge_index(lab, [&](Indexed& entry) {
    if (entry.seq == 8) kept = entry.text;
  });
  forge_index(lab, [&](Indexed& entry) {
    if (entry.seq == 9) entry.text = kept;
  });
  check_blames(lab, {9});
}

TEST_CASE("a field value left out, changed or given to another field: the entry is named") {
  const Lab lab(30, false);
  forge_index(lab, [](Indexed& entry) {
    if (entry.seq == 8) entry.envelope.erase(Field::tool);
    if (entry.seq == 9) entry.envelope.set_text(Field::user, "nobody");
    if (entry.seq == 10) entry.envelope.set_text(Field::model, "refund");
    if (entry.seq == 11) entry.envelope.set_text(Field::links, "evt-3");  // an id
    if (entry.seq == 12) entry.envelope.set_number(Field::side_effect, 0);
    if (entry.seq == 13) entry.envelope.set_text(Field::event_id, "other");
    if (entry.seq == 14) entry.envelope.set_number(Field::cost_nano, 5);  // not in the index
  });
  check_blames(lab, {8, 9, 10, 11, 12, 13});
}

TEST_CASE("wrong entries in several blocks and segments: each is named, and no other") {
  const Lab lab(20'000, false);
  forge_index(
      lab,
      [](Indexed& entry) {
        if (entry.seq == 7 || entry.seq == 4095 || entry.seq == 4096 || entry.seq == 19'999) {
          entry.text += "planted";
        }
      },
      3000);
  check_blames(lab, {7, 4095, 4096, 19'999});
}

TEST_CASE("a time that an entry does not have, so that a search by time would pass over it") {
  const Lab lab(30, false);
  forge_index(lab, [](Indexed& entry) {
    if (entry.seq > 0) entry.when -= 1'000'000'000'000;
  });
  const VerifyReport report = check_blames(lab, {});
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings.front().message.find("other times") != std::string::npos);
}

TEST_CASE("an index of another history of the same ledger is a limit and not a finding") {
  Lab lab(30);
  RawDatabase(index_file(lab.ledger)).run("UPDATE segment SET tail = zeroblob(32)");
  const VerifyReport report = lab.verify();
  CHECK(report.verdict == Verdict::intact);
  CHECK(has_limit(report, "another history"));
  CHECK_FALSE(has_level(report, Level::complete));
}

TEST_CASE("a part of the index that belongs to no history of the ledger, before one that does") {
  Lab lab(30, false);
  forge_index(
      lab,
      [](Indexed& entry) {
        if (entry.seq == 8) replace(entry.text, "quick", "slow");
      },
      20);
  RawDatabase(index_file(lab.ledger)).run("UPDATE segment SET tail = zeroblob(32) WHERE first = 0");
  const VerifyReport report = lab.verify();
  CHECK(report.verdict == Verdict::tampered);
  CHECK(kinds(report) == Kinds{"index"});
  REQUIRE(report.findings.size() == 3);
  CHECK(report.findings.front().message.find("entries 0 to 19") != std::string::npos);
  CHECK(report.findings[1].message.find("digest") != std::string::npos);
  CHECK(report.findings.back().seq == 8);
  CHECK(status_of(report, "index") == Check::Status::fail);
  // It is searched with, as any that was changed with care would be, but not built on.
  std::string why;
  CHECK(ledger::IndexView::open(LedgerView::open(lab.ledger), why).has_value());
  lab.append(1);
  CHECK(lab.verify().verdict == Verdict::intact);
  CHECK(has_level(lab.verify(), Level::index));
}

TEST_CASE("an index ahead of the ledger, and one with a hole, are limits and not findings") {
  Lab lab(30);
  RawDatabase index(index_file(lab.ledger));
  index.run("UPDATE segment SET first = 1");
  CHECK(lab.verify().verdict == Verdict::intact);
  CHECK(has_limit(lab.verify(), "it is damaged"));
  index.run("UPDATE segment SET first = 0");
  lab.sql("DELETE FROM entry WHERE seq = 30; UPDATE head SET note = 'x'");
  CHECK(has_limit(lab.verify(), "ahead of the ledger"));
}

TEST_CASE("a page of the index taken away, added or cut: a finding") {
  for (const char* change : {"DELETE FROM page WHERE id = (SELECT min(id) FROM page)",
                             "DELETE FROM page WHERE id = (SELECT max(id) FROM page)",
                             "INSERT INTO page SELECT max(id) + 1, bytes FROM page",
                             "UPDATE page SET bytes = CAST(substr(bytes, 2) AS BLOB) WHERE id = "
                             "(SELECT min(id) FROM page)",
                             "UPDATE page SET bytes = CAST(bytes || X'00' AS BLOB) WHERE id = "
                             "(SELECT min(id) FROM page)"}) {
    CAPTURE(change);
    Lab lab(30);
    RawDatabase(index_file(lab.ledger)).run(change);
    const VerifyReport report = lab.verify();
    CHECK(report.verdict == Verdict::tampered);
    CHECK(kinds(report) == Kinds{"index"});
  }
}

TEST_CASE("any byte of an index page changed is noticed") {
  Lab lab(12);
  const std::filesystem::path file = index_file(lab.ledger);
  RawDatabase index(file);
  const std::int64_t first = index.number("SELECT min(id) FROM page");
  const std::int64_t last = index.number("SELECT max(id) FROM page");
  std::size_t tried = 0;
  for (std::int64_t id = first; id <= last; ++id) {
    const std::string where = " WHERE id = " + std::to_string(id);
    const std::string page = index.value("SELECT bytes FROM page" + where);
    const std::size_t step = page.size() > 600 ? 7 : 1;
    for (std::size_t i = 0; i < page.size(); i += step, ++tried) {
      CAPTURE(id);
      CAPTURE(i);
      std::string edited = page;
      edited[i] = static_cast<char>(edited[i] ^ (tried % 2 == 0 ? 1 : 0x80));
      index.run("UPDATE page SET bytes = ?1" + where, {edited});
      const VerifyReport report = lab.verify({.threads = 1});
      CHECK(report.verdict == Verdict::tampered);
      CHECK(kinds(report) == Kinds{"index"});
    }
    index.run("UPDATE page SET bytes = ?1" + where, {page});
  }
  CHECK(tried > 300);
  CHECK(lab.verify().verdict == Verdict::intact);
}

TEST_CASE("any byte of the footer of a segment changed: a finding, or an index nobody uses") {
  Lab lab(12);
  RawDatabase index(index_file(lab.ledger));
  const std::string footer = index.value("SELECT footer FROM segment");
  for (std::size_t i = 0; i < footer.size(); ++i) {
    CAPTURE(i);
    std::string edited = footer;
    edited[i] = static_cast<char>(edited[i] ^ 1);
    index.run("UPDATE segment SET footer = ?1", {edited});
    const VerifyReport report = lab.verify({.threads = 1});
    if (report.verdict == Verdict::tampered) {
      CHECK(kinds(report) == Kinds{"index"});
      continue;
    }
    CHECK(report.verdict == Verdict::intact);
    CHECK_FALSE(has_level(report, Level::index));
    std::string why;
    CHECK_FALSE(ledger::IndexView::open(LedgerView::open(lab.ledger), why));
  }
}

TEST_CASE("an index that SQLite cannot read does not make the ledger tampered") {
  Lab lab(30);
  std::ofstream(index_file(lab.ledger), std::ios::binary) << "not a database at all";
  const VerifyReport report = lab.verify();
  CHECK(report.verdict == Verdict::intact);
  CHECK(status_of(report, "index") == Check::Status::skipped);
}

TEST_CASE("--rebuild-index puts a forged index right") {
  const Lab lab(30, false);
  forge_index(lab, [](Indexed& entry) { entry.text += "planted"; });
  REQUIRE(lab.verify().verdict == Verdict::tampered);
  std::uint64_t told = 0;
  rebuild_index(lab.ledger, [&](std::uint64_t done, std::uint64_t all) {
    told = done;
    CHECK(all == 31);
  });
  const VerifyReport report = lab.verify();
  CHECK(report.verdict == Verdict::intact);
  CHECK(has_level(report, Level::index));
  CHECK(told <= 31);
}

TEST_CASE("an index is built, and found right, for every kind of text and field") {
  Lab lab(0, false);
  std::vector<Event> events;
  const std::vector<std::string> texts{"",
                                       " ",
                                       "a",
                                       "ab",
                                       "abc",
                                       "plain words",
                                       "MIXED Case",
                                       "under_score and-dash",
                                       "x1y2 1x2y",
                                       "2026-01-01T00:00:00Z",
                                       "2026-01-01T00:00:00.123+02:00 and more",
                                       "2026-01-01",
                                       "0b6d3c1e-5f0a-4c3e-9a57-2f1de0c8a911",
                                       "id 0B6D3C1E-5F0A-4C3E-9A57-2F1DE0C8A911!",
                                       "-0b6d3c1e-5f0a-4c3e-9a57-2f1de0c8a911",
                                       "0b6d3c1e-5f0a-4c3e-9a57-2f1de0c8a911-",
                                       "deadbeefdeadbeef",
                                       "deadbeefdeadbee1",
                                       "deadbeef-dead-beef",
                                       "DEADBEEF00112233445566778899",
                                       "abcdefabcdefabcdef",
                                       "0123456789012345",
                                       std::string(15, 'w'),
                                       std::string(16, 'w'),
                                       std::string(17, 'w'),
                                       std::string(64, 'w'),
                                       std::string(65, 'w'),
                                       std::string(300, 'w'),
                                       "na\xc3\xafve Stra\xc3\x9f"
                                       "e",
                                       "x\xcc\x81y",
                                       "\xe4\xb8\xad\xe6\x96\x87 word",
                                       "word\xe4\xb8\xadword",
                                       "\xff\xfe broken \xc3 utf",
                                       "tab\tnew\nline\\quote\"",
                                       "caf\xc3\xa9"
                                       "deadbeefdeadbeef1",
                                       "\xf0\x9f\x98\x80 emoji",
                                       "a.b.c@d.e",
                                       "''"};
  for (const std::string& text : texts) {
    for (const bool json : {false, true}) {
      Event event;
      event.envelope.set_text(Field::type, "other");
      if (!json) {
        event.payload = text;
      } else {
        std::string quoted;
        base::append_json_string(quoted, text);
        event.payload = "{\"a\":" + quoted + ",\"b\":[" + quoted + "," + quoted + ",12,null,true]}";
      }
      events.push_back(event);
    }
  }
  for (const std::size_t length : {1U, 199U, 200U, 201U, 1000U}) {
    Event event;
    event.envelope.set_text(Field::team, std::string(length, 't'));
    event.envelope.set_text(Field::user, std::string(length, 'u'));
    event.envelope.set_text(Field::flags, "twice");
    event.envelope.set_text(Field::flags, "twice");
    event.envelope.set_text(Field::flags, std::string(length, 'f'));
    event.envelope.set_hash(Field::digest, Digest{{9}});
    event.has_payload = false;
    events.push_back(event);
  }
  {
    Ledger open = lab.open_ledger();
    (void)open.append(events);
    open.update_index();
    open.close();
  }
  const VerifyReport report = lab.verify();
  CHECK(report.verdict == Verdict::intact);
  for (const Finding& finding : report.findings) FAIL_CHECK(finding.message);
  CHECK(has_level(report, Level::index));
}

}  // namespace audit::test
