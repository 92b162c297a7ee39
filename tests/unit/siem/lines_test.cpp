// What each line says of a small entry, and of an empty one, against what the formats' owners print in
// their documents. Readers that are not ours take the same lines in tests/siem.
#include <string>

#include <doctest/doctest.h>

#include "../export/rows_support.hpp"
#include "siem/line_writer.hpp"

namespace audit {

namespace {

using Make = std::unique_ptr<siem::LineWriter> (*)(const siem::Origin&, const siem::LineOptions&);

std::string line_of(Make make, const Entry& entry, const siem::LineOptions& options = {}) {
  const auto writer = make({"00112233445566778899aabbccddeeff", "example.com/agents"}, options);
  std::string out;
  writer->append(out, entry);
  return out;
}

bool has(const std::string& line, std::string_view part) {
  return line.find(part) != std::string::npos;
}

Entry hostile(Field field) {
  Entry entry = test::bare_entry(7);
  entry.envelope.set_text(Field::type, "tool.call");
  entry.envelope.set_text(field, "a|b\\c=d]e\"f\r\ng\th\x1b[0m\u202ei");
  return entry;
}

constexpr Make kMakes[] = {siem::make_cef,    siem::make_leef,     siem::make_ecs, siem::make_ocsf,
                           siem::make_syslog, siem::make_sentinel, siem::make_otlp};

}  // namespace

TEST_CASE("an entry of an envelope without fields is no line") {
  for (const Make make : kMakes) {
    const std::string line = line_of(make, test::bare_entry(0));
    CHECK(line.ends_with("\n"));
    CHECK(line.find('\n') == line.size() - 1);
    CHECK(has(line, "00112233445566778899aabbccddeeff"));
    CHECK(has(line, test::kBareHash));
  }
}

TEST_CASE("a hostile text breaks a line in two") {
  for (const Make make : kMakes) {
    for (const Field field : {Field::type, Field::agent, Field::tool, Field::user, Field::reason,
                              Field::error, Field::session, Field::resource, Field::host,
                              Field::policy, Field::event_id, Field::flags, Field::service}) {
      const std::string line = line_of(make, hostile(field));
      CAPTURE(line);
      CHECK(line.find('\n') == line.size() - 1);
      CHECK(line.find('\r') == std::string::npos);
      CHECK(line.find('\x1b') == std::string::npos);
    }
  }
}

TEST_CASE("CEF escapes in a value what it must, and nothing else") {
  const std::string line = line_of(siem::make_cef, hostile(Field::agent));
  CHECK(has(line, "sourceServiceName=a|b\\\\c\\=d]e\"f\\ng\th\\\\x1b[0m\\\\u202ei "));
  CHECK(line.starts_with("CEF:0|agentaudit|audit|"));
}

TEST_CASE("a kind of a stranger ends the header of CEF or LEEF") {
  CHECK(has(line_of(siem::make_cef, hostile(Field::type)), "|other|Agent event|1|rt="));
  CHECK(has(line_of(siem::make_leef, hostile(Field::type)), "|other|x09|devTime="));
}

TEST_CASE("LEEF has the delimiter in a value") {
  CHECK(has(line_of(siem::make_leef, hostile(Field::agent)),
            "\tagentName=a|b\\c=d]e\"f  g h\\x1b[0m\\u202ei\t"));
}

TEST_CASE("syslog escapes in a parameter what it must, and nothing else") {
  const std::string line = line_of(siem::make_syslog, hostile(Field::agent));
  CHECK(has(line, " agent=\"a|b\\\\c=d\\]e\\\"f\\\\r\\\\ng\\\\th\\\\x1b[0m\\\\u202ei\"]"));
  CHECK(line.starts_with("<110>1 2026-08-01T12:00:00Z - audit - tool.call [audit@32473 ledger=\""));
  CHECK(has(line, "][meta sequenceId=\"7\"] \xef\xbb\xbftool.call\n"));
}

TEST_CASE("a host that is no name stands in the header of syslog") {
  CHECK(has(line_of(siem::make_syslog, test::with_text(Field::host, "db-3.example")),
            "Z db-3.example audit"));
  CHECK(has(line_of(siem::make_syslog, test::with_text(Field::host, "db 3")), "Z - audit"));
  CHECK(has(line_of(siem::make_syslog, test::with_text(Field::host, "\u00fc")), "Z - audit"));
}

TEST_CASE("a time beyond microseconds is in a header of syslog, or number 0 of its sequence") {
  Entry entry = test::bare_entry(0);
  entry.envelope.set_number(Field::time, test::kNoonNs + 123'456'789);
  const std::string line = line_of(siem::make_syslog, entry);
  CHECK(has(line, ">1 2026-08-01T12:00:00.123456Z "));
  CHECK_FALSE(has(line, "sequenceId"));
}

TEST_CASE("a line of syslog is longer than receivers take") {
  Entry entry = test::bare_entry(1);
  for (std::size_t number = 1; number <= kFieldCount; ++number) {
    const auto field = static_cast<Field>(number);
    const FieldType type = info(field).type;
    if (type == FieldType::text || type == FieldType::list) {
      entry.envelope.set_text(field, std::string(60'000, ']'));
    }
  }
  const std::string line = line_of(siem::make_syslog, entry);
  CHECK(line.size() <= 8193);
  CHECK(has(line, "\u2026[sha256:"));
}

TEST_CASE("an absent field is written as an empty one, or made up") {
  const Entry entry = test::with_text(Field::agent, "billing");
  CHECK_FALSE(has(line_of(siem::make_cef, entry), "suser"));
  CHECK_FALSE(has(line_of(siem::make_cef, entry), "outcome"));
  CHECK_FALSE(has(line_of(siem::make_leef, entry), "usrName"));
  CHECK_FALSE(has(line_of(siem::make_ecs, entry), "\"user\""));
  CHECK_FALSE(has(line_of(siem::make_ecs, entry), "outcome"));
  CHECK_FALSE(has(line_of(siem::make_ocsf, entry), "status_id"));
  CHECK_FALSE(has(line_of(siem::make_sentinel, entry), "EventResult"));
  CHECK_FALSE(has(line_of(siem::make_otlp, entry), "timeUnixNano\":\"0\""));
}

TEST_CASE("a payload is written without being asked for") {
  const Entry entry = test::with_payload(3, "{\"secret\":\"hunter2\"}");
  for (const Make make : kMakes) CHECK_FALSE(has(line_of(make, entry), "hunter2"));
  for (const Make make : {siem::make_ecs, siem::make_ocsf, siem::make_sentinel, siem::make_otlp}) {
    CHECK(has(line_of(make, entry, {true, false}), "{\\\"secret\\\":\\\"hunter2\\\"}"));
  }
}

TEST_CASE("a time before 1970, or one that ends beyond all times, wraps") {
  Entry entry = test::bare_entry(1);
  entry.envelope.set_number(Field::time, -1);
  entry.envelope.set_number(Field::duration_us, INT64_MAX);
  CHECK(has(line_of(siem::make_cef, entry), "|rt=-1 "));
  CHECK(has(line_of(siem::make_ocsf, entry), "\"time\":-1,"));
  CHECK_FALSE(has(line_of(siem::make_otlp, entry), "\"timeUnixNano\""));
  CHECK(has(line_of(siem::make_sentinel, entry),
            "\"EventEndTime\":\"1969-12-31T23:59:59.999999999Z\""));
  CHECK_FALSE(has(line_of(siem::make_ecs, entry), "\"duration\""));
}

}  // namespace audit
