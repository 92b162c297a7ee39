#include <audit/ingest.hpp>

#include <atomic>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "crypto/sha256.hpp"
#include "events.hpp"
#include "ingest/markers.hpp"
#include "otlp_encode.hpp"
#include "temp_folder.hpp"

namespace audit {

namespace {

using ingest::compare_with_markers;
using ingest::Likeness;

constexpr const char* kRequest =
    R"({"resourceSpans":[{"scopeSpans":[{"spans":[)"
    R"({"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7",)"
    R"("name":"mail to kim@example.com","startTimeUnixNano":"1700000000000000000",)"
    R"("endTimeUnixNano":"1700000001000000000","attributes":[)"
    R"({"key":"user.id","value":{"stringValue":"lee.with.a.long.name@example.com"}}]}]}]}]})";

std::vector<Entry> entries_after(const std::string& bytes, const char* name) {
  const test::TempFolder folder;
  test::make_ledger(folder / "l");
  const std::filesystem::path input = folder / name;
  std::ofstream(input, std::ios::binary) << bytes;
  IngestOptions options;
  options.inputs = {input.string()};
  options.redact = {"all"};
  std::atomic<bool> stop{false};
  const IngestReport report = ingest_into(folder / "l", options, {}, stop);
  CHECK(report.counts.redacted == 1);
  return test::entries_of(folder / "l");
}

void check_request(const std::string& bytes, const char* name) {
  const std::vector<Entry> entries = entries_after(bytes, name);
  REQUIRE(entries.size() == 4);
  CHECK(entries[1].envelope.text(Field::type) == "source.record");
  CHECK(entries[1].envelope.text(Field::redactions) == "email:2");
  CHECK_FALSE(entries[2].envelope.has(Field::redactions));
  CHECK(entries[2].envelope.text(Field::trace) == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(entries[2].envelope.text(Field::user).starts_with("[redacted:email]"));
  CHECK(entries[3].envelope.text(Field::type) == "pii.redacted");
  CHECK(entries[3].payload == R"({"redacted":{"email":2},"records":1,"first_seq":1,"last_seq":1})");
  for (const Entry& entry : entries) {
    CHECK(entry.payload.find("@example") == std::string::npos);
  }
}

}  // namespace

TEST_CASE("a request of OpenTelemetry that is stored with what was to be masked") {
  check_request(std::string(kRequest) + "\n", "in.jsonl");
  check_request(test::OtlpEncoder::encode(kRequest), "in.pb");
}

TEST_CASE("two ids or hashes that were masked look like one") {
  const test::TempFolder folder;
  test::make_ledger(folder / "l");
  std::ofstream(folder / "in")
      << R"({"type":"tool.call","payload_hash":"to kim@example.com",)"
         R"("shown_hash":"to lee@example.com","session":"by kim@a.example",)"
         R"("links":["e-1","mail of kim@example.com","e-2"],"tool":"mail"})"
      << '\n';
  IngestOptions options;
  options.inputs = {(folder / "in").string()};
  options.redact = {"email"};
  std::atomic<bool> stop{false};
  (void)ingest_into(folder / "l", options, {}, stop);
  const Envelope envelope = test::entries_of(folder / "l").at(1).envelope;
  for (const Field field : {Field::payload_hash, Field::shown_hash, Field::session}) {
    CHECK_FALSE(envelope.has(field));
    CHECK(envelope.contains(Field::states, std::string(name_of(field)) + "=withheld"));
  }
  CHECK(envelope.contains(Field::links, "e-1"));
  CHECK(envelope.contains(Field::links, "e-2"));
  CHECK(envelope.contains(Field::states, "links=withheld"));
  CHECK(envelope.text(Field::tool) == "mail");
}

TEST_CASE("a record that grows too large by what is put into it") {
  std::string line = "{\"x\":\"";
  while (line.size() < kMaxPayloadBytes - 100) line += "a@b.cc ";
  line += "\"}";
  const test::TempFolder folder;
  test::make_ledger(folder / "l");
  std::ofstream(folder / "in", std::ios::binary) << line << '\n';
  IngestOptions options;
  options.inputs = {(folder / "in").string()};
  options.redact = {"email"};
  std::atomic<bool> stop{false};
  CHECK(ingest_into(folder / "l", options, {}, stop).counts.redacted == 0);
  // What stands for it is what would without --redact: so --resume finds it.
  const Entry entry = test::entries_of(folder / "l").at(1);
  CHECK(entry.envelope.text(Field::flags) == "too-large");
  CHECK(entry.payload.find("\"bytes\":" + std::to_string(line.size())) != std::string::npos);
  CHECK(entry.payload.find(to_hex(crypto::sha256(line))) != std::string::npos);
}

TEST_CASE("a record taken for the one that was stored redacted, or not") {
  const std::string stored = R"({"to":"[redacted:email]","n":"[redacted:card]","text":"hello"})";
  CHECK(compare_with_markers(R"({"to":"kim@example.com","n":4111111111111111,"text":"hello"})",
                             stored) == Likeness::alike);
  CHECK(compare_with_markers(R"({"to":"kim@example.com","n":"4111","text":"hello"})", stored) ==
        Likeness::alike);
  for (const char* const other :
       {R"({"to":"kim@example.com","n":1,"text":"hallo"})", R"({"to":"kim@example.com"})", "",
        R"({"from":"kim@example.com","n":1,"text":"hello"})"}) {
    CAPTURE(other);
    CHECK(compare_with_markers(other, stored) == Likeness::other);
  }
  CHECK(compare_with_markers("kim@example.com", "[redacted:email]") == Likeness::unsure);
  CHECK(compare_with_markers("[redacted:", "[redacted:") == Likeness::alike);
  CHECK(compare_with_markers("ab", "ab [redacted:x] b") == Likeness::other);
}

}  // namespace audit
