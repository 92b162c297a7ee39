#include <audit/error.hpp>
#include <audit/export.hpp>

#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "../document/pdf_tools.hpp"
#include "rows_support.hpp"

using namespace audit;
using namespace audit::test;

namespace {

ExportOptions some_options() {
  ExportOptions options;
  options.query_text = "decision:deny since:7d";
  options.now = from_nanoseconds(kNoonNs);
  return options;
}

// `count` equal entries, without keeping them.
class RepeatedRows final : public exports::Rows {
 public:
  explicit RepeatedRows(std::uint64_t count) : count_(count) {}

  bool next() override {
    entry_.seq = at_;
    return at_++ < count_;
  }

  const Entry& entry() const override { return entry_; }

  void restart(bool /*with_payload*/) override { at_ = 0; }

 private:
  std::uint64_t count_;
  std::uint64_t at_ = 0;
  Entry entry_ = with_text(Field::tool, "bash");
};

}  // namespace

TEST_CASE("a pdf says where its entries come from, what was asked and how many there are") {
  Entry first = bare_entry(17);
  first.envelope.set_number(Field::time, kNoonNs - 3'600'000'000'000);
  first.envelope.set_text(Field::agent, "billing-bot");
  first.envelope.set_text(Field::type, "policy.decision");
  first.envelope.set_text(Field::decision, "deny");
  first.envelope.set_text(Field::policy, "pii-egress");
  first.envelope.set_text(Field::reason, "address in body");
  const PdfFile file(written(exports::write_pdf, {first, with_payload(18, "{\"text\":\"hi you\"}")},
                             some_options()));
  const auto text = file.text();
  if (!text) return;
  for (const char* shown :
       {"example.com/agents", "00112233445566778899aabbccddeeff", "decision:deny since:7d",
        "2026-08-01 11:00:00.000 to 2026-08-01 12:00:00.000 UTC",
        "2 of the 1,204,311 entries in the ledger", "2026-08-01T12:00:00Z",
        "1,204,311 entries, root AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "billing-bot",
        "policy.decision", "deny by pii-egress: address in body", "hi you", "17", "18",
        "page 1 of 5", "numbers 17 to 18", "Not verified"}) {
    CAPTURE(shown);
    CHECK(text->find(shown) != std::string::npos);
  }
}

TEST_CASE("a pdf of named columns has these and no others") {
  Entry entry = with_payload(3, "{\"secret\":1}");
  entry.envelope.set_text(Field::agent, "bot");
  entry.envelope.set_number(Field::cost_nano, 1'500'000'000);
  entry.envelope.set_text(Field::flags, "schema");
  entry.envelope.set_text(Field::flags, "conflict");
  ExportOptions options = some_options();
  options.fields = {"seq", "agent", "cost", "flags", "time"};
  const PdfFile file(written(exports::write_pdf, {entry}, options));
  if (const auto text = file.text()) {
    CHECK(text->find("bot") != std::string::npos);
    CHECK(text->find("1.5") != std::string::npos);
    CHECK(text->find("schema; conflict") != std::string::npos);
    CHECK(text->find("secret") == std::string::npos);
    CHECK(text->find("What happened") == std::string::npos);
  }
}

TEST_CASE("hostile texts are spelt out in a pdf") {
  std::vector<Entry> entries;
  for (const std::string& text : hostile_texts()) entries.push_back(with_payload(1, text));
  ExportOptions options = some_options();
  options.fields = {"payload"};
  options.title = "ti\u202etle";
  options.query_text = "\x1b[2Jquery";
  const PdfFile file(written(exports::write_pdf, entries, options));
  const auto text = file.text();
  if (!text) return;
  for (const char* shown :
       {"line\\nbreak", "quote\"comma,", "\\x1b[2J\\x1b]0;owned\\x07", "safe\\u202etxt.exe",
        "nul\\x00nul", "\\u009b31m C1", "a\\u200bzero\\ufeffwidth", "\\u{1F600} and ",
        "bad\\xff\\xc0\\x80utf8", "ti\\u202etle", "\\x1b[2Jquery"}) {
    CAPTURE(shown);
    CHECK(text->find(shown) != std::string::npos);
  }
}

TEST_CASE("a pdf of no entries says so") {
  const PdfFile file(written(exports::write_pdf, {}, some_options()));
  if (const auto text = file.text()) {
    CHECK(text->find("No entry matches the query.") != std::string::npos);
    CHECK(text->find("0 of the 1,204,311 entries") != std::string::npos);
  }
}

TEST_CASE("a pdf refuses more entries than it can hold, with where to cut, and writes nothing") {
  RepeatedRows rows(kMaxPdfEntries + 1);
  bool called = false;
  try {
    exports::write_pdf(rows, some_ledger(), some_options(),
                       [&](std::string_view) { called = true; });
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::limit);
    CHECK(error.message().find("100,001 entries match") != std::string::npos);
    CHECK(error.message().find("at most 100,000") != std::string::npos);
    CHECK(error.hint().find("entry 99999") != std::string::npos);
    CHECK(error.hint().find("until:") != std::string::npos);
  }
  CHECK_FALSE(called);
}

TEST_CASE("times at the ends of what can be kept are written all the same") {
  Entry first = bare_entry(0);
  first.envelope.set_number(Field::time, INT64_MIN);
  Entry last = bare_entry(1);
  last.envelope.set_number(Field::time, INT64_MAX);
  const PdfFile file(written(exports::write_pdf, {first, last}, some_options()));
  if (const auto text = file.text()) {
    CHECK(text->find("1677-09-21 00:12:43.145") != std::string::npos);
    CHECK(text->find("2262-04-11 23:47:16.854") != std::string::npos);
  }
}

TEST_CASE("a pdf says whose it is, who made it, when, and what was verified") {
  ExportOptions options = some_options();
  options.title = "Refunds of the third quarter";
  options.organisation = "Example Ltd";
  options.made_by = "J. Auditor";
  options.check =
      DocumentCheck{1'204'311, true, {"chain: each entry follows"}, {"Nobody anchored it."}};
  const PdfFile file(written(exports::write_pdf, {bare_entry(1)}, options));
  if (const auto text = file.text()) {
    for (const char* shown :
         {"Refunds of the third quarter", "Example Ltd", "J. Auditor", "2026-08-01T12:00:00Z",
          "All 1,204,311 entries of the ledger", "given by who made this document",
          "chain: each entry follows", "Nobody anchored it.", "What this document does not show"}) {
      CAPTURE(shown);
      CHECK(text->find(shown) != std::string::npos);
    }
    CHECK(text->find("Not verified") == std::string::npos);
  }
  if (const auto info = file.run("pdfinfo", "-enc UTF-8")) {
    CHECK(info->find("Author:          Example Ltd") != std::string::npos);
    CHECK(info->find("document hash SHA-256 ") != std::string::npos);
  }
  (void)file.run("qpdf", "--check");
}

TEST_CASE("approvals and refusals stand apart in a pdf, and among all entries") {
  std::vector<Entry> entries;
  for (std::uint64_t seq = 0; seq < 40; ++seq) {
    Entry entry = bare_entry(seq);
    entry.envelope.set_text(Field::agent, "bot");
    if (seq == 7) {
      entry.envelope.set_text(Field::type, "approval.granted");
      entry.envelope.set_text(Field::approval, "granted");
      entry.envelope.set_text(Field::approver, "lead@example.com");
      entry.envelope.set_text(Field::reason, "was asked twice");
    } else if (seq == 9) {
      entry.envelope.set_text(Field::type, "policy.decision");
      entry.envelope.set_text(Field::decision, "deny");
      entry.envelope.set_text(Field::policy, "no-egress");
    } else {
      entry.envelope.set_text(Field::type, "tool.call");
    }
    entries.push_back(entry);
  }
  const PdfFile file(written(exports::write_pdf, entries, some_options()));
  const auto text = file.text();
  if (!text) return;
  const auto chapter = text->find("Approvals and refusals\n");
  const auto all = text->find("In the order in which they were recorded");
  REQUIRE(chapter != std::string::npos);
  REQUIRE(all != std::string::npos);
  const std::string apart = text->substr(chapter, all - chapter);
  CHECK(apart.find("2 of the 40 entries") != std::string::npos);
  CHECK(apart.find("lead@example.com") != std::string::npos);
  CHECK(apart.find("was asked twice") != std::string::npos);
  CHECK(apart.find("no-egress") != std::string::npos);
  CHECK(apart.find("tool.call") == std::string::npos);
  CHECK(occurrences(text->substr(all), "granted") >= 1);
}

TEST_CASE("a long text in a pdf is cut with its number, its size and its SHA-256") {
  std::string words = "begin";
  while (words.size() < 3'000'000) words += " word";
  const PdfFile file(written(
      exports::write_pdf, {with_payload(4711, "{\"message\":\"" + words + "\"}")}, some_options()));
  const auto text = file.text();
  if (!text) return;
  CHECK(text->find("begin word") != std::string::npos);
  CHECK(text->find("in full: entry 4711, 3,000,0") != std::string::npos);
  CHECK(text->find("SHA-256") != std::string::npos);
  CHECK(text->size() < 30'000);
}

TEST_CASE("equal entries and options give equal bytes of a pdf") {
  const std::vector<Entry> entries = {with_payload(1, "{\"message\":\"\u4e2d \u0416\"}"),
                                      bare_entry(2)};
  CHECK(written(exports::write_pdf, entries, some_options()) ==
        written(exports::write_pdf, entries, some_options()));
}
