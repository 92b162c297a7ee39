#include <audit/export.hpp>

#include <string>

#include <doctest/doctest.h>

#include "base/json.hpp"
#include "rows_support.hpp"

using namespace audit;
using namespace audit::test;

namespace {

std::string json(const Entry& entry) {
  std::string out;
  append_entry_json(out, entry);
  return out;
}

const std::string kStart =
    "{\"seq\":5,\"hash\":\"" + std::string(kBareHash) + "\",\"received\":\"2026-08-01T12:00:00Z\"";

std::string payload_json(const std::string& payload) {
  const std::string all = json(with_payload(5, payload));
  REQUIRE(all.starts_with(kStart + ","));
  REQUIRE(all.ends_with("}"));
  return all.substr(kStart.size() + 1, all.size() - kStart.size() - 2);
}

}  // namespace

TEST_CASE("an entry's fields stand under the product's names, time first, absent ones left out") {
  Entry entry = bare_entry(5);
  entry.envelope.set_text(Field::type, "tool.result");
  entry.envelope.set_number(Field::time, kNoonNs - 1);
  entry.envelope.set_text(Field::agent, "a \"b\" \\");
  entry.envelope.set_text(Field::links, "e1");
  entry.envelope.set_text(Field::links, "e2");
  entry.envelope.set_number(Field::side_effect, 0);
  entry.envelope.set_number(Field::duration_us, 12'000);
  entry.envelope.set_number(Field::cost_nano, 500'000);
  entry.envelope.set_number(Field::requires_approval, 1);
  entry.envelope.set_number(Field::approval_expires, kNoonNs);
  entry.envelope.set_number(Field::confidence, 1'000'000);
  entry.envelope.set_text(Field::payload_hash, "md5:abc");
  entry.envelope.set_hash(Field::digest, entry.hash);
  entry.envelope.set_text(Field::flags, "unparsed");
  CHECK(json(entry) ==
        kStart +
            ",\"time\":\"2026-08-01T11:59:59.999999999Z\",\"type\":\"tool.result\","
            "\"agent\":\"a \\\"b\\\" \\\\\",\"links\":[\"e1\",\"e2\"],\"side_effect\":false,"
            "\"duration_us\":12000,\"cost\":0.0005,\"requires_approval\":true,"
            "\"approval_expires\":\"2026-08-01T12:00:00Z\",\"confidence\":1,"
            "\"payload_hash\":\"md5:abc\",\"digest\":\"" +
            std::string(kBareHash) + "\",\"flags\":[\"unparsed\"]}");
}

TEST_CASE("costs and shares are exact decimal numbers") {
  const auto cost = [](std::int64_t nano) {
    Entry entry = bare_entry(5);
    entry.envelope.set_number(Field::cost_nano, nano);
    return json(entry).substr(kStart.size());
  };
  CHECK(cost(0) == ",\"cost\":0}");
  CHECK(cost(1) == ",\"cost\":0.000000001}");
  CHECK(cost(-1) == ",\"cost\":-0.000000001}");
  CHECK(cost(1'000'000'000) == ",\"cost\":1}");
  CHECK(cost(-2'500'000'000) == ",\"cost\":-2.5}");
  CHECK(cost(INT64_MAX) == ",\"cost\":9223372036.854775807}");
  CHECK(cost(INT64_MIN) == ",\"cost\":-9223372036.854775808}");
}

TEST_CASE("a payload that is JSON on one line is handed on byte for byte") {
  CHECK(payload_json(R"({"b":1.50,"a":[1e2,"ü"]})") == R"("payload":{"b":1.50,"a":[1e2,"ü"]})");
  CHECK(payload_json("123456789012345678901234567890") ==
        "\"payload\":123456789012345678901234567890");
  CHECK(payload_json("null") == "\"payload\":null");
  CHECK(payload_json("\"\"") == "\"payload\":\"\"");
  // White space around a document is not part of it; the CR of a CRLF line is such.
  CHECK(payload_json(" {\"a\": 1 }\t\r") == "\"payload\":{\"a\": 1 }");
}

TEST_CASE("a payload that would break the line or is no JSON becomes text") {
  CHECK(payload_json("{\n\"a\":1}") == "\"payload_text\":\"{\\n\\\"a\\\":1}\"");
  CHECK(payload_json("{\r\"a\":1}") == "\"payload_text\":\"{\\r\\\"a\\\":1}\"");
  CHECK(payload_json("{\"a\":1") == "\"payload_text\":\"{\\\"a\\\":1\"");
  CHECK(payload_json("{\"a\":1}{\"b\":2}") == "\"payload_text\":\"{\\\"a\\\":1}{\\\"b\\\":2}\"");
  CHECK(payload_json("{\"a\":1},\"seq\":99") ==
        "\"payload_text\":\"{\\\"a\\\":1},\\\"seq\\\":99\"");
  CHECK(payload_json("{\"a\":1,\"a\":2}") == "\"payload_text\":\"{\\\"a\\\":1,\\\"a\\\":2}\"");
  CHECK(payload_json("\xef\xbb\xbf{}") == "\"payload_text\":\"\xef\xbb\xbf{}\"");
  CHECK(payload_json("") == "\"payload_text\":\"\"");
  CHECK(payload_json(" ") == "\"payload_text\":\" \"");
  CHECK(payload_json("01") == "\"payload_text\":\"01\"");
  CHECK(payload_json("\x1b[2J") == "\"payload_text\":\"\\u001b[2J\"");
  CHECK(
      payload_json(std::string(201, '[') + std::string(201, ']')).starts_with("\"payload_text\""));
}

TEST_CASE("a payload that is not UTF-8 becomes base64") {
  CHECK(payload_json("\xff\xfe") == "\"payload_base64\":\"//4=\"");
  CHECK(payload_json("{\"a\":\"\xc3\"}") == "\"payload_base64\":\"eyJhIjoiwyJ9\"");
}

TEST_CASE("an entry without payload has no payload member, an erased one says so") {
  CHECK(json(bare_entry(5)) == kStart + "}");
  Entry erased = bare_entry(5);
  erased.payload_state = Entry::Payload::erased;
  CHECK(json(erased) == kStart + ",\"payload_erased\":true}");
}

TEST_CASE("hostile texts stay inside one line of valid JSON and come back as they were") {
  // Reads the members back with the JSON reader, which is not the writer.
  struct Members final : base::JsonVisitor {
    std::string agent;
    std::string payload_text;

    void string(std::string_view key, std::string_view value) override {
      if (key == "agent") agent = value;
      if (key == "payload_text") payload_text = value;
    }
  };

  for (const std::string& text : hostile_texts()) {
    Entry entry = with_payload(5, text);
    const bool utf8 = &text != &hostile_texts().back();
    if (utf8) entry.envelope.set_text(Field::agent, text);
    const std::string line = json(entry);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(line.find('\x1b') == std::string::npos);
    base::JsonReader reader;
    REQUIRE(reader.parse(line) == base::JsonStatus::ok);
    Members members;
    reader.walk(members);
    CHECK(members.agent == (utf8 ? text : ""));
    CHECK(members.payload_text == (utf8 ? text : ""));
  }
}

TEST_CASE("the ledger is not the first member, or the rest is not the entry's own line") {
  struct Names final : base::JsonVisitor {
    std::string ledger;

    void string(std::string_view key, std::string_view value) override {
      if (key == "ledger") ledger = value;
    }
  };

  const Entry entry = with_payload(7, R"({"a":1})");
  for (const std::string& name : hostile_texts()) {
    std::string line = "before ";
    append_entry_json(line, entry, name);
    REQUIRE(line.starts_with("before {\"ledger\":\""));
    CHECK(line.ends_with("\"," + json(entry).substr(1)));
    line.erase(0, 7);
    base::JsonReader reader;
    REQUIRE(reader.parse(line) == base::JsonStatus::ok);
    Names names;
    reader.walk(names);
    if (&name != &hostile_texts().back()) CHECK(names.ledger == name);  // that one is not UTF-8
  }
}
