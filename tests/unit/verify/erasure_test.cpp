// What is gone must be what sys.erasure entries name: no less, no more.
//
// The erasing itself is done here by hand, from audit-ledger(5) "ERASED CONTENT", so that verify is
// not held against the code it belongs to.
#include <array>

#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "crypto/sha256.hpp"
#include "event/commitment.hpp"
#include "lab.hpp"
#include "ledger/evidence.hpp"
#include "ledger/row.hpp"

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

TEST_CASE("an index that still holds words of erased content is a limit that says what to do") {
  Lab lab(30);
  Eraser eraser(lab);
  eraser.allow("3,4", "payload");
  eraser.erase(3);
  eraser.erase(4);
  const VerifyReport stale = lab.verify();
  CHECK(stale.verdict == Verdict::intact);
  CHECK(has_limit(stale, "words of 2 entries"));
  rebuild_index(lab.ledger);
  const VerifyReport fresh = lab.verify();
  CHECK(fresh.verdict == Verdict::intact);
  CHECK_FALSE(has_limit(fresh, "still holds words"));
  CHECK(has_level(fresh, Level::index));
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
