// raw, jsonl and json: what stands around the entries.
#include <string>

#include <doctest/doctest.h>

#include "base/json.hpp"
#include "rows_support.hpp"

using namespace audit;
using namespace audit::test;

TEST_CASE("raw gives back every record's bytes, each ended by one LF") {
  std::vector<Entry> entries;
  std::string expected;
  for (const std::string& text : hostile_texts()) {
    entries.push_back(with_payload(entries.size(), text));
    expected += text + "\n";
  }
  entries.push_back(with_payload(90, "crlf\r"));
  entries.push_back(with_payload(91, ""));
  expected += "crlf\r\n\n";
  CHECK(written(exports::write_raw, entries) == expected);
}

TEST_CASE("raw leaves out entries whose record is not there") {
  Entry erased = bare_entry(1);
  erased.payload_state = Entry::Payload::erased;
  VectorRows rows({with_payload(0, "a"), erased, bare_entry(2), with_payload(3, "b")});
  std::string all;
  const auto count = exports::write_raw(rows, some_ledger(), {},
                                        [&](std::string_view piece) { all.append(piece); });
  CHECK(all == "a\nb\n");
  CHECK(count == 2);
}

TEST_CASE("raw hands a huge record over in pieces a pipe takes") {
  const std::string record(1'000'000, 'z');
  VectorRows rows({with_payload(0, record), with_payload(1, "tail")});
  std::string all;
  std::size_t largest = 0;
  exports::write_raw(rows, some_ledger(), {}, [&](std::string_view piece) {
    largest = std::max(largest, piece.size());
    all.append(piece);
  });
  CHECK(largest <= 64 * 1024);
  CHECK(all == record + "\ntail\n");
}

TEST_CASE("a sink that throws stops the export and is not called again") {
  struct DiskFull {};

  VectorRows rows({with_payload(0, std::string(100'000, 'z')), with_payload(1, "tail")});
  int calls = 0;
  CHECK_THROWS_AS(exports::write_raw(rows, some_ledger(), {},
                                     [&](std::string_view) {
                                       ++calls;
                                       throw DiskFull{};
                                     }),
                  DiskFull);
  CHECK(calls == 1);
}

TEST_CASE("jsonl is one entry a line, the same as append_entry_json") {
  const Entry first = with_payload(0, "{\"a\":1}");
  const Entry second = with_payload(1, "not json");
  std::string expected;
  append_entry_json(expected, first);
  expected += '\n';
  append_entry_json(expected, second);
  expected += '\n';
  CHECK(written(exports::make_jsonl, {first, second}) == expected);
  CHECK(written(exports::make_jsonl, {}) == "");
}

TEST_CASE("json names the ledger, its checkpoint and the query, and counts its entries") {
  ExportOptions options;
  options.query_text = "tool:\"x\ny\"";
  std::string entry;
  append_entry_json(entry, with_payload(0, "{}"));
  const std::string start =
      "{\"schema\":\"audit.export/1\",\"origin\":\"example.com/agents\",\"size\":1204311,"
      "\"root\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
      "\"query\":\"tool:\\\"x\\ny\\\"\",\"entries\":[";
  CHECK(written(exports::write_json, {}, options) == start + "\n],\"count\":0}\n");
  const std::string two =
      written(exports::write_json, {with_payload(0, "{}"), with_payload(0, "{}")}, options);
  CHECK(two == start + "\n" + entry + ",\n" + entry + "\n],\"count\":2}\n");
  base::JsonReader reader;
  CHECK(reader.parse(two) == base::JsonStatus::ok);
}
