// OTLP in protobuf: the same events as from JSON, and no harm from bytes that are something else.
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "event/otlp_text.hpp"
#include "event/otlp_wire.hpp"
#include "event/text.hpp"
#include "mapped_record.hpp"
#include "otlp_encode.hpp"
#include "source/recognise.hpp"

namespace audit {

namespace {

using Found = source::OtlpReader::Found;
using test::OtlpEncoder;

struct Read {
  Found found = Found::whole;
  std::vector<std::string> events;
  std::vector<std::string> parts;  // bytes
  std::vector<std::string> texts;
};

Read read_protobuf(const std::string& bytes) {
  source::OtlpReader reader;
  source::OtlpEvents events;
  Read read;
  read.found = reader.read_protobuf(bytes, from_nanoseconds(test::kReceived), true, events);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const source::OtlpEvent& event = events[i];
    if (event.is_dropped) continue;
    read.events.push_back(test::to_lines(event.envelope));
    if (!event.has_bytes) continue;
    read.parts.push_back(bytes.substr(event.offset, event.length));
    read.texts.push_back(events.text.substr(event.text_begin, event.text_end - event.text_begin));
  }
  return read;
}

std::vector<std::string> fixtures() {
  std::vector<std::string> all;
  for (const auto& file :
       std::filesystem::directory_iterator(std::string(AUDIT_TEST_DATA) + "/otlp")) {
    const std::string text = test::read_data("otlp/" + file.path().filename().string());
    if (file.path().extension() == ".jsonl") {
      std::istringstream lines(text);
      for (std::string line; std::getline(lines, line);) all.push_back(line);
    } else if (text.find("resourceMetrics") == std::string::npos) {
      all.push_back(text);
    }
  }
  return all;
}

// The parts taken out of a record.
std::string without_parts(const std::string& record, const Read& read) {
  std::string rest = record;
  for (const std::string& part : read.parts) rest.erase(rest.find(part), part.size());
  return rest;
}

std::string words_of(std::string_view payload) {
  std::string text;
  return event::append_otlp_text(payload, text) ? text : "none";
}

}  // namespace

TEST_CASE("JSON and protobuf of one request become different events") {
  const auto all = fixtures();
  REQUIRE(all.size() > 20);
  for (const std::string& json : all) {
    CAPTURE(json.substr(0, 200));
    const Read read = read_protobuf(OtlpEncoder::encode(json));
    CHECK(read.found == Found::parts);
    CHECK(read.events == test::mapped_record(json));
  }
}

TEST_CASE("a word of a span in protobuf is lost, or runs into its neighbours") {
  for (const std::string& json : fixtures()) {
    const std::string record = OtlpEncoder::encode(json);
    const Read read = read_protobuf(record);
    for (std::size_t i = 0; i < read.parts.size(); ++i) {
      // What whoever looks at the entry later finds in it is what was indexed.
      CHECK(words_of(read.parts[i]) == read.texts[i]);
    }
    const std::string carrier = without_parts(record, read);
    CHECK(words_of(carrier) != "none");
    CHECK(words_of(record) != "none");
  }
  const std::string record = OtlpEncoder::encode(test::read_data("otlp/genai.json"));
  CHECK(words_of(without_parts(record, read_protobuf(record))) ==
        "service.name\xfflibrary-desk\xffservice.version\xff"
        "3.2.0\xff"
        "deployment.environment.name\xffstaging\xffhost.name\xff"
        "desk-1\xffgenai.example\xff");
}

TEST_CASE("text is taken for protobuf") {
  for (const char* const text :
       {"", "0a", "J", "9 bytes..", "\n\n{\"a\":1}\n", "a stack trace\n  at f()\n", "\n", "\t\n"}) {
    CAPTURE(text);
    CHECK(words_of(text) == "none");
    CHECK(source::shape_of(text) == source::Shape::lines);
  }
  CHECK(words_of(std::string("\x1b[31mred\x1b[0m\n")) == "none");
}

TEST_CASE("a request is not told from another") {
  using source::Shape;
  using source::shape_of;
  for (const std::string& json : fixtures()) {
    CHECK(shape_of(OtlpEncoder::encode(json).substr(0, 4096)) == Shape::protobuf);
  }
  const std::string metrics = OtlpEncoder::encode(test::read_data("otlp/metrics.json"));
  CHECK(shape_of(metrics) == Shape::protobuf);
  CHECK(read_protobuf(metrics).found == Found::whole);
  CHECK(words_of(metrics).find("tokens\xff") != std::string::npos);
  CHECK(read_protobuf("").found == Found::whole);
}

TEST_CASE(
    "a request that is cut short, or has a byte changed, crashes the reader or is half read") {
  const std::string record = OtlpEncoder::encode(test::read_data("otlp/claude-code.json"));
  std::size_t broken = 0;
  for (std::size_t i = 0; i < record.size(); ++i) {
    const Read cut = read_protobuf(record.substr(0, i));
    CHECK((cut.found != Found::parts || cut.events.empty()));
    broken += cut.found == Found::broken;
    std::string changed = record;
    changed[i] = static_cast<char>(changed[i] ^ 0x41);
    const Read read = read_protobuf(changed);
    CHECK((read.found == Found::parts) == !read.events.empty());
  }
  CHECK(broken + 1 >= record.size());
}

TEST_CASE("fields in another order, in pieces or unknown change the events") {
  const auto field = [](unsigned number, const std::string& bytes) {
    std::string out;
    if (number > 15) out += static_cast<char>((number << 3 | 2) | 0x80);
    out += static_cast<char>(number > 15 ? number >> 4 : number << 3 | 2);
    if (bytes.size() > 127) out += static_cast<char>(bytes.size() | 0x80);
    out += static_cast<char>(bytes.size() > 127 ? bytes.size() >> 7 : bytes.size());
    return out + bytes;
  };
  const auto attribute = [&](const std::string& key, const std::string& value) {
    return field(1, key) + field(2, field(1, value));
  };
  const std::string id16(16, '\x11');
  const std::string id8(8, '\x22');
  const std::string span = field(1, id16) + field(2, id8) + field(5, "late") + "\x30\x03" +
                           field(5, "name") + field(9, attribute("environment", "test")) +
                           "\xa0\x06\x07" /* field 100 */ + field(17, "unknown");
  const std::string resource_a = field(1, attribute("service.name", "desk"));
  const std::string resource_b = field(1, attribute("host.name", "h"));
  const std::string in_order = field(
      1, field(1, resource_a + resource_b) + field(2, field(1, field(1, "s")) + field(2, span)));
  const std::string turned =
      field(1, field(2, field(2, span) + field(1, field(1, "s"))) + field(1, resource_a) +
                   field(3, "url") + field(1, resource_b));
  const Read first = read_protobuf(in_order);
  REQUIRE(first.found == Found::parts);
  REQUIRE(first.events.size() == 1);
  test::check_event(first.events[0],
                    "other action=name environment=test agent=desk host=h service=desk "
                    "trace=11111111111111111111111111111111 span=2222222222222222");
  CHECK(read_protobuf(turned).events == first.events);
}

TEST_CASE("broken UTF-8 in a span is not told, or makes the request unreadable") {
  std::string record = OtlpEncoder::encode(test::read_data("otlp/genai.json"));
  const std::size_t at = record.find("I will renew it.");
  REQUIRE(at != std::string::npos);
  record[at] = '\xff';
  const Read read = read_protobuf(record);
  REQUIRE(read.found == Found::parts);
  test::check_event(read.events[0], "llm.call flags=bad-utf8 model=gpt-x-2026");
}

TEST_CASE("values in values without end") {
  std::string value = "\x0a\x01x";
  for (int i = 0; i < 20000; ++i) {
    std::string list = "\x0a";
    for (std::size_t n = value.size(); n > 0 || list.size() == 1; n >>= 7) {
      list += static_cast<char>(n >= 0x80 ? n | 0x80 : n);
    }
    list += value;
    value = "\x2a";
    for (std::size_t n = list.size(); n > 0; n >>= 7) {
      value += static_cast<char>(n >= 0x80 ? n | 0x80 : n);
    }
    value += list;
    if (value.size() > 100'000) break;
  }
  const auto wrap = [](char tag, const std::string& bytes) {
    std::string out(1, tag);
    std::size_t n = bytes.size();
    for (; n >= 0x80; n >>= 7) out += static_cast<char>(n | 0x80);
    out += static_cast<char>(n);
    return out + bytes;
  };
  const std::string span = "\x0a\x10" + std::string(16, '\1') + "\x12\x08" + std::string(8, '\2') +
                           wrap('\x4a', "\x0a\x01k" + wrap('\x12', value));
  const Read read = read_protobuf(wrap('\x0a', wrap('\x12', wrap('\x12', span))));
  REQUIRE(read.found == Found::parts);
  test::check_event(read.events[0], "other flags=too-large");
}

}  // namespace audit
