// What is gone must be what sys.erasure entries name: no less, no more.
//
// The erasing itself is done here by hand, from audit-ledger(5) "ERASED CONTENT", so that verify is
// not held against the code it belongs to.
#include <audit/query.hpp>

#include <array>
#include <iterator>

#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "crypto/sha256.hpp"
#include "event/commitment.hpp"
#include "event/text.hpp"
#include "lab.hpp"
#include "ledger/evidence.hpp"
#include "ledger/index.hpp"
#include "ledger/index_builder.hpp"
#include "ledger/row.hpp"
#include "ledger/segment_digest.hpp"

namespace audit::test {

namespace {

using Kinds = std::set<std::string>;
using Seqs = std::set<std::uint64_t>;

std::string bytes_of(const event::Salt& salt) {
  return {reinterpret_cast<const char*>(salt.data()), salt.size()};
}

event::Salt salt_at(const event::Salt& salt_e, std::size_t j) {
  std::string message = "\x10" + bytes_of(salt_e);
  message.push_back(static_cast<char>(j / 2));
  const Digest pair = crypto::sha256(message);
  event::Salt salt{};
  for (std::size_t i = 0; i < salt.size(); ++i) salt[i] = pair.bytes[j % 2 * 16 + i];
  return salt;
}

Digest field_digest(const event::Salt& salt, std::uint16_t tag, const Envelope::Value& value) {
  std::string message = "\x11" + bytes_of(salt);
  base::put_be16(message, tag);
  message.push_back(static_cast<char>(value.kind));
  return crypto::sha256(message.append(value.text));
}

std::string quoted_blob(const std::string& bytes) {
  return bytes.empty() ? "NULL" : "X'" + base::to_hex(bytes) + "'";
}

class Eraser {
 public:
  explicit Eraser(Lab& lab) : lab_(lab) {}

  // Writes the entry that allows it.
  std::uint64_t allow(const std::string& entries, const std::string& what) {
    return lab_.append_system("sys.erasure",
                              "{\"entries\":[" + entries + "],\"what\":\"" + what +
                                  "\",\"authority\":\"court\",\"reason\":\"asked\"}");
  }

  void erase_entry(std::uint64_t seq) {
    read(seq);
    event::Kept kept;
    kept.payload = payload_digest();
    kept.envelope = committer_.envelope(row_.entry.envelope, *row_.salt_e);
    std::string nulls;
    for (const ledger::Column& column : ledger::columns()) {
      nulls += std::string(name_of(column.field)) + " = NULL, ";
    }
    set(seq, nulls + "salt_e = NULL, salt_p = NULL, more = NULL, payload = NULL, stored = 3", kept);
  }

  // The payload with all that was taken from it, and these own fields.
  void erase(std::uint64_t seq, const FieldSet& also = {}) {
    read(seq);
    event::Kept kept;
    const bool has_payload = row_.stored != 0;
    if (has_payload) kept.payload = payload_digest();
    std::string columns;
    std::string more;
    std::size_t j = 0;
    bool any = false;
    std::string common_more;
    for (std::size_t i = 0; i < row_.entry.envelope.size(); ++i) {
      const Envelope::Value value = row_.entry.envelope.at(i);
      const FieldInfo& field = info(value.field);
      const std::uint16_t tag = event::tag_of(field);
      const bool in_more = ledger::column_of(value.field) < 0;
      if (!field.own) {
        if (in_more) event::append_field(common_more, tag, value);
        continue;
      }
      const event::Salt salt = salt_at(*row_.salt_e, ++j);
      const bool goes = field.from_content || also.has(value.field);
      any = any || goes;
      kept.own.push_back({tag, goes, salt, goes ? field_digest(salt, tag, value) : Digest()});
      if (goes && !in_more) columns += std::string(field.name) + " = NULL, ";
      if (!goes && in_more) event::append_field(more, tag, value);
    }
    if (any) {
      kept.common = salt_at(*row_.salt_e, 0);
      columns += "salt_e = NULL, more = " + quoted_blob(more + common_more) + ", ";
    } else {
      kept.own.clear();
    }
    if (has_payload) columns += "salt_p = NULL, payload = NULL, stored = 3, ";
    if (any || has_payload) set(seq, columns + "time = time", kept);
  }

 private:
  void read(std::uint64_t seq) {
    const ledger::EvidenceSnapshot snapshot = ledger::open_snapshot(lab_.ledger);
    ledger::WordReader words(snapshot.database);
    ledger::RowReader reader(words, FieldSet::all(), ledger::RowReader::Parts::everything);
    ledger::Statement rows = snapshot.database.prepare(
        "SELECT " + reader.column_list() + " FROM entry WHERE seq = " + std::to_string(seq));
    REQUIRE(rows.step());
    reader.read(rows, row_);
  }

  Digest payload_digest() {
    return row_.stored == 0 ? committer_.no_payload(*row_.salt_p)
                            : committer_.payload(*row_.salt_p, row_.entry.payload);
  }

  void set(std::uint64_t seq, const std::string& columns, const event::Kept& kept) {
    lab_.sql("UPDATE entry SET " + columns + ", kept = ?1 WHERE seq = " + std::to_string(seq),
             {event::encode_kept(kept)});
  }

  Lab& lab_;
  ledger::Row row_;
  event::Committer committer_;
};

// some_event(i) is entry i + 1: number 5 has no payload.
constexpr std::uint64_t kWithoutPayload = 6;

// As it was, so that it can be put back.
std::vector<std::string> columns_of(const Lab& lab, std::uint64_t seq) {
  std::vector<std::string> values;
  for (const char* column : {"salt_e", "salt_p", "more", "payload"}) {
    values.push_back(lab.value(std::string("SELECT ") + column +
                               " FROM entry WHERE seq = " + std::to_string(seq)));
  }
  return values;
}

}  // namespace

TEST_CASE("payloads, fields and whole entries that were lawfully erased: intact, and counted") {
  Lab lab(30);
  Eraser eraser(lab);
  eraser.allow("3,4,6", "payload");
  eraser.erase(3);
  eraser.erase(4);
  eraser.erase(kWithoutPayload);
  eraser.allow("8,9", "user");
  eraser.allow("8", "session");
  eraser.erase(8, {Field::user, Field::session});
  eraser.erase(9, {Field::user});
  eraser.allow("12", "entry");
  eraser.erase_entry(12);
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::intact);
  CHECK(report.findings.empty());
  CHECK(report.erased == 6);
  CHECK(has_limit(report, "erased from 6 entries"));
  CHECK(status_of(report, "erasures") == Check::Status::pass);

  // Named later for something that is still there.
  eraser.allow("9", "session");
  const VerifyReport half = lab.verify({.quick = true});
  CHECK(half.verdict == Verdict::tampered);
  CHECK(named(half, "erasure-undone") == Seqs{9});
  CHECK(named(half) == Seqs{9});
}

TEST_CASE("a kept checkpoint is still extended after an erasure: hashes, chain and tree stay") {
  Lab lab(30);
  const auto kept = lab.keep_head("kept");
  Eraser eraser(lab);
  eraser.allow("3", "entry");
  eraser.erase_entry(3);
  const VerifyReport report = lab.verify({.known = {kept}, .quick = true});
  CHECK(report.verdict == Verdict::intact);
  CHECK(has_level(report, Level::anchored));
}

TEST_CASE("content gone without a sys.erasure entry that names it") {
  for (const int what : {0, 1, 2}) {
    CAPTURE(what);
    Lab lab;
    Eraser eraser(lab);
    eraser.allow("2", "payload");
    eraser.erase(2);
    if (what == 0) eraser.erase(7);
    if (what == 1) eraser.erase(7, {Field::user});
    if (what == 2) eraser.erase_entry(7);
    const VerifyReport report = lab.verify({.quick = true});
    CHECK(report.verdict == Verdict::tampered);
    CHECK(named(report, "erasure") == Seqs{7});
    CHECK(named(report) == Seqs{7});
  }
}

TEST_CASE("more gone than the sys.erasure entry names: a field, the whole entry") {
  Lab lab;
  Eraser eraser(lab);
  eraser.allow("7,8", "payload");
  eraser.erase(7, {Field::user});
  eraser.erase_entry(8);
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(named(report, "erasure") == Seqs{7, 8});
  CHECK(named(report) == Seqs{7, 8});
}

TEST_CASE("less gone than the sys.erasure entry names") {
  Lab lab;
  Eraser eraser(lab);
  eraser.allow("7", "entry");
  eraser.erase(7);
  eraser.allow("8", "user");
  eraser.erase(8);
  eraser.allow("9", "payload");
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(named(report, "erasure-undone") == Seqs{7, 8, 9});
  CHECK(named(report) == Seqs{7, 8, 9});
}

TEST_CASE("erased content put back where it was") {
  Lab lab;
  const std::vector<std::string> before = columns_of(lab, 7);
  Eraser eraser(lab);
  eraser.allow("7", "payload");
  eraser.erase(7);
  REQUIRE(lab.verify({.quick = true}).verdict == Verdict::intact);
  lab.sql(
      "UPDATE entry SET salt_e = ?1, salt_p = ?2, more = ?3, payload = ?4, stored = 1, kept = NULL "
      "WHERE seq = 7",
      before);
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(named(report, "erasure-undone") == Seqs{7});
  CHECK(named(report) == Seqs{7});
}

TEST_CASE("erased content put back beside what stands for it") {
  Lab lab;
  const std::vector<std::string> before = columns_of(lab, 7);
  Eraser eraser(lab);
  eraser.allow("7", "user");
  eraser.erase(7, {Field::user});
  lab.sql("UPDATE entry SET user = 'someone' WHERE seq = 7");
  CHECK(named(lab.verify({.quick = true})) == Seqs{7});
  lab.sql("UPDATE entry SET user = NULL, payload = ?1 WHERE seq = 7", {before[3]});
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(named(report, "encoding") == Seqs{7});
}

TEST_CASE(
    "nothing there to erase: naming an entry without payload and content is fulfilled already") {
  Lab lab(0);
  Event bare;
  bare.envelope.set_text(Field::type, "other");
  bare.has_payload = false;
  {
    Ledger open = lab.open_ledger();
    (void)open.append(std::vector{bare});
    open.close();
  }
  Eraser eraser(lab);
  eraser.allow("1", "payload");
  eraser.allow("1", "user");
  CHECK(lab.verify({.quick = true}).verdict == Verdict::intact);
}

TEST_CASE("what remains of an entry edited: the entry is named") {
  for (const char* change :
       {"cost_nano = 5", "user = 'other@example.com'", "session = NULL",
        "kept = CAST(substr(kept, 1, 20) || X'00' || substr(kept, 22) AS BLOB)"}) {
    CAPTURE(change);
    Lab lab;
    Eraser eraser(lab);
    eraser.allow("7", "payload");
    eraser.erase(7);
    lab.sql(std::string("UPDATE entry SET ") + change + " WHERE seq = 7");
    const VerifyReport report = lab.verify({.quick = true});
    CHECK(report.verdict == Verdict::tampered);
    CHECK(named(report) == Seqs{7});
  }
}

TEST_CASE("what must not be erased: naming the beginning, or an erasure, is found") {
  Lab lab;
  Eraser eraser(lab);
  const std::uint64_t erasure = eraser.allow("3", "payload");
  eraser.erase(3);
  eraser.allow("0," + std::to_string(erasure), "payload");
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(named(report, "system") == Seqs{0, erasure});
}

TEST_CASE(
    "a sys.erasure that names what is not there yet, nothing, or a field that cannot be erased") {
  Lab lab;
  Eraser eraser(lab);
  const std::uint64_t itself = eraser.allow("21", "payload");
  const std::uint64_t nothing = eraser.allow("", "payload");
  const std::uint64_t common = eraser.allow("3", "agent");
  const std::uint64_t unknown = eraser.allow("3", "everything");
  const std::uint64_t text = eraser.allow("\"3\"", "payload");
  const std::uint64_t nested = eraser.allow("[3]", "payload");
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(named(report, "system") == Seqs{itself, nothing, common, unknown, text, nested});
}

TEST_CASE("a forged sys.erasure in the input is an event like any other, and allows nothing") {
  Lab lab;
  Event forged;
  forged.envelope.set_text(Field::type, "other");
  forged.envelope.set_text(Field::flags, "reserved-kind");
  forged.payload =
      R"({"type":"sys.erasure","entries":[3],"what":"payload","authority":"a","reason":"r"})";
  {
    Ledger open = lab.open_ledger();
    (void)open.append(std::vector{forged});
    open.close();
  }
  CHECK(lab.verify().verdict == Verdict::intact);
  Eraser(lab).erase(3);
  CHECK(named(lab.verify({.quick = true}), "erasure") == Seqs{3});
}

TEST_CASE(
    "a sys.erasure row added to the file by someone without the key is not covered by the head") {
  Lab lab;
  Eraser eraser(lab);
  eraser.erase(3);
  RawDatabase raw(lab.ledger);
  raw.run(
      "INSERT INTO entry SELECT 21, hash, received, salt_e, salt_p, type, time, NULL, NULL, NULL, "
      "NULL, "
      "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
      "NULL, "
      "NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, X'7b7d' FROM entry WHERE seq = 0");
  const VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(kinds(report).count("head") == 1);
  CHECK(named(report, "erasure") == Seqs{3});
}

TEST_CASE(
    "what was erased after the index was written is a limit, and gone when it is built anew") {
  Lab lab(30);
  Eraser eraser(lab);
  eraser.allow("3,4", "payload");
  eraser.erase(3);
  eraser.erase(4);
  eraser.allow("1,30", "entry");  // the first and the last of a block of times
  eraser.erase_entry(1);
  eraser.erase_entry(30);
  const VerifyReport stale = lab.verify();
  CHECK(stale.verdict == Verdict::intact);
  CHECK(has_limit(stale, "4 entries were erased after the index was last written"));
  rebuild_index(lab.ledger);
  const VerifyReport fresh = lab.verify();
  CHECK(fresh.verdict == Verdict::intact);
  CHECK_FALSE(has_limit(fresh, "after the index"));
  CHECK(has_level(fresh, Level::index));
}

TEST_CASE("times of others are wrong beside an entry that was erased after the index was written") {
  Lab lab(30, false);
  const LedgerView view = LedgerView::open(lab.ledger);
  {
    auto file = ledger::IndexFile::open_to_write(index_file(lab.ledger), view.ledger_id());
    ledger::SegmentBuilder builder;
    auto rows = view.entries({0, view.size()});
    while (rows.next()) {
      const Entry& entry = rows.entry();
      std::string text;
      base::JsonReader json;
      if (!entry.payload.empty()) event::append_payload_text(json, entry.payload, text);
      builder.add(entry.envelope, 1'700'000'000'000'000'005, text);
    }
    ledger::Transaction transaction(file.database(), ledger::Transaction::Kind::write);
    ledger::write_segment(file, {1, 0, view.size(), view.entry(30)->hash, {}}, builder);
    transaction.commit();
  }
  Eraser eraser(lab);
  eraser.allow("3", "payload");
  eraser.erase(3);
  const VerifyReport report = lab.verify();
  CHECK(report.verdict == Verdict::tampered);
  CHECK(kinds(report) == Kinds{"index"});
}

namespace {

std::vector<std::uint64_t> found(const LedgerView& view, std::string_view text, bool use_index) {
  SearchOptions options;
  options.use_index = use_index;
  std::vector<std::uint64_t> seqs;
  Search search(view, parse_query(text, {}).value(), options);
  while (search.next()) seqs.push_back(search.entry().seq);
  CHECK(Search(view, parse_query(text, {}).value(), options).count() == seqs.size());
  return seqs;
}

// Entries that the index alone says have this word.
Seqs indexed(const Lab& lab, std::string_view word) {
  const LedgerView view = LedgerView::open(lab.ledger);
  std::string why_not;
  auto index = ledger::IndexView::open(view, why_not);
  REQUIRE_MESSAGE(index.has_value(), why_not);
  Seqs seqs;
  ledger::EntryList list;
  for (std::size_t i = 0; i < index->segment_count(); ++i) {
    index->word(i, word, list);
    for (const std::uint32_t entry : list) seqs.insert(index->range(i).first + entry);
  }
  return seqs;
}

std::string index_bytes(const Lab& lab) {
  std::ifstream file(index_file(lab.ledger), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void update_index(const Lab& lab) {
  Ledger open = lab.open_ledger();
  open.update_index();
  open.close();
}

}  // namespace

TEST_CASE(
    "a search finds what was erased, or misses what is left, before the index is built anew") {
  Lab lab(600);
  Eraser eraser(lab);
  eraser.allow("3,4", "payload");
  eraser.allow("8", "user");
  eraser.allow("12,500", "entry");
  eraser.erase(3);
  eraser.erase(4);
  eraser.erase(8, {Field::user});
  eraser.erase_entry(12);
  eraser.erase_entry(500);
  const LedgerView view = LedgerView::open(lab.ledger);
  for (const char* text :
       {"\"number 2 jumps\"", "quick", "-quick", "user:user0@example.com",
        "-user:user0@example.com", "agent:agent-2", "-agent:*", "tool:refund -fox", "error:limit*",
        "has:payload", "since:2023-11-14T22:13:20.000000001Z until:2023-11-14T22:13:20.000000020Z",
        "lazy OR number"}) {
    CAPTURE(text);
    CHECK(found(view, text, true) == found(view, text, false));
  }
  CHECK(found(view, "\"number 2 jumps\"", true).empty());
  CHECK(found(view, "agent:agent-2 seq:3", true) == std::vector<std::uint64_t>{3});
  CHECK(lab.verify().verdict == Verdict::intact);
}

TEST_CASE("an index that passes a sys.erasure still holds what it erased") {
  Lab lab(0, false);
  Event event;
  event.envelope.set_text(Field::type, "other");
  const auto append = [&](std::size_t count, const std::string& word) {
    std::vector<Event> events(count, event);
    for (std::size_t i = 0; i < count; ++i) {
      events[i].payload = word + " common";
      for (std::size_t k = 0; k < 40; ++k) {  // many pages of terms
        events[i].payload += " " + word + std::to_string(i * 40 + k);
      }
    }
    Ledger open = lab.open_ledger();
    (void)open.append(events);
    open.update_index();
    open.close();
  };
  append(2000, "first");
  append(900, "zyzzogeton");
  append(400, "third");
  const auto segment_ids = [&] {
    RawDatabase index(index_file(lab.ledger));
    return std::vector{index.number("SELECT id FROM segment WHERE first = 0"),
                       index.number("SELECT id FROM segment WHERE first = 2001")};
  };
  const auto before = segment_ids();
  REQUIRE(indexed(lab, "zyzzogeton").size() == 900);
  REQUIRE(index_bytes(lab).find("zyzzogeton") != std::string::npos);
  Eraser eraser(lab);
  std::string list;
  for (int seq = 2001; seq < 2901; ++seq) list += (seq == 2001 ? "" : ",") + std::to_string(seq);
  eraser.allow(list, "payload");
  for (std::uint64_t seq = 2001; seq < 2901; ++seq) eraser.erase(seq);
  update_index(lab);
  CHECK(indexed(lab, "zyzzogeton").empty());
  CHECK(index_bytes(lab).find("zyzzogeton") == std::string::npos);  // on no free page either
  CHECK(indexed(lab, "first").size() == 2000);
  const auto after = segment_ids();
  CHECK(after[0] == before[0]);  // only what was concerned was made anew
  CHECK(after[1] != before[1]);
  const VerifyReport report = lab.verify();
  CHECK(report.verdict == Verdict::intact);
  CHECK(has_level(report, Level::index));
  CHECK_FALSE(has_limit(report, "after the index"));
}

TEST_CASE("what is erased while a builder has it in hand is written into the index") {
  Lab lab(0, false);
  ledger::IndexBuilder builder(lab.ledger);
  REQUIRE(builder.is_active());
  Event event;
  event.envelope.set_text(Field::type, "other");
  event.payload = "zyzzogeton common";
  const auto append = [&](std::size_t count) {
    Ledger open = lab.open_ledger();
    for (const auto& outcome : open.append(std::vector<Event>(count, event))) {
      builder.add(outcome.seq, event.envelope, 5, event.payload);
    }
    open.close();
  };
  append(10);
  Eraser eraser(lab);
  eraser.allow("2,5", "payload");
  eraser.erase(2);
  eraser.erase(5);
  append(10);
  builder.finish(true);
  REQUIRE(builder.watermark() == 22);
  Seqs all;
  for (std::uint64_t seq = 1; seq < 22; ++seq) all.insert(seq);
  for (const std::uint64_t seq : {2U, 5U, 11U}) all.erase(seq);
  CHECK(indexed(lab, "zyzzogeton") == all);
}

TEST_CASE("an index says of an entry what was erased from it before: a finding") {
  Lab lab(30);
  Eraser eraser(lab);
  eraser.allow("3", "payload");
  update_index(lab);  // as a builder does that does not care
  eraser.erase(3);
  const VerifyReport report = lab.verify();
  CHECK(report.verdict == Verdict::tampered);
  CHECK(named(report, "index") == Seqs{3});
  CHECK(kinds(report) == Kinds{"index"});
  rebuild_index(lab.ledger);
  CHECK(has_level(lab.verify(), Level::index));
}

TEST_CASE("thousands of erased entries, in runs and alone: each is counted and compared") {
  Lab lab(6000, false);
  // As if a retention rule had erased them whole: cheap to do by SQL, since E and P are computed here.
  Eraser eraser(lab);
  std::string list;
  for (int seq = 100; seq < 130; ++seq) list += (list.empty() ? "" : ",") + std::to_string(seq);
  eraser.allow(list, "entry");
  eraser.allow("5000", "entry");
  eraser.allow("5001,5003", "entry");
  for (std::uint64_t seq = 100; seq < 130; ++seq) eraser.erase_entry(seq);
  for (const std::uint64_t seq : {5000U, 5001U, 5003U}) eraser.erase_entry(seq);
  VerifyReport report = lab.verify({.quick = true});
  CHECK(report.verdict == Verdict::intact);
  CHECK(report.erased == 33);
  eraser.erase_entry(5002);
  report = lab.verify({.quick = true});
  CHECK(named(report, "erasure") == Seqs{5002});
  CHECK(report.erased == 33);
}

}  // namespace audit::test
