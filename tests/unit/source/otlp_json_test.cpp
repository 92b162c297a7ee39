// The frame of OTLP in JSON, and the many ways exporters write it.
#include <string>

#include <doctest/doctest.h>

#include "mapped_record.hpp"
#include "source/otlp_ranges.hpp"
#include "source/recognise.hpp"

namespace audit {

using test::check_events;
using test::mapped_record;

namespace {

std::string request(const std::string& span) {
  return R"({"resourceSpans":[{"scopeSpans":[{"spans":[)" + span + "]}]}]}";
}

// What one span with these members becomes, without what follows from its name.
std::string one(const std::string& members) {
  const auto events = mapped_record(request("{" + members + "}"));
  REQUIRE(events.size() == 1);
  return events[0];
}

source::OtlpReader::Found found(std::string_view json) {
  source::OtlpReader reader;
  source::OtlpEvents events;
  return reader.read_json(json, false, from_nanoseconds(test::kReceived), true, events);
}

}  // namespace

TEST_CASE("an id in a form that some exporter uses is not read") {
  constexpr std::string_view kWanted =
      "other trace=5b8efff798038103d269b633813fc60c span=eee19b7ec3c1b174";
  for (
      const char* const ids :
      {R"("traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174")",
       R"("trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174")",
       R"("traceId":"W47/95gDgQPSabYzgT/GDA==","spanId":"7uGbfsPBsXQ=")",
       R"("traceId":{"type":"Buffer","data":[91,142,255,247,152,3,129,3,210,105,182,51,129,63,198,12]},
           "spanId":{"data":[238,225,155,126,195,193,177,116]})"}) {
    CAPTURE(ids);
    test::check_event(one(ids), kWanted);
  }
  test::check_event(one(R"("traceId":"00000000000000000000000000000000","spanId":"")"),
                    "other -trace -span -event_id -flags");
  test::check_event(one(R"("traceId":null)"), "other -trace -flags");
  test::check_event(one(R"("traceId":"not an id")"), "other flags=wrong-type");
}

TEST_CASE("a time or an integer loses digits on its way") {
  for (const char* const time : {R"("1544712660000000001")", "1544712660000000001",
                                 R"({"low":-1462345727,"high":359655949,"unsigned":true})"}) {
    CAPTURE(time);
    const std::string event = one(std::string(R"("startTimeUnixNano":)") + time);
    if (time[0] != '{') test::check_event(event, "other time=1544712660000000001");
  }
  // 2^53 + 1, and the largest.
  for (const char* const count : {"9007199254740993", "9223372036854775807"}) {
    const std::string key = R"({"key":"gen_ai.usage.input_tokens","value":{"intValue":)";
    for (const std::string& value : {std::string(count), '"' + std::string(count) + '"'}) {
      const std::string event =
          one(R"("attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},)" +
              key + value + "}}]");
      test::check_event(event, "llm.call tokens_in=" + std::string(count));
    }
  }
}

TEST_CASE("two halves of a number are put together wrongly") {
  // high * 2^32 + low, both unsigned: 359656079 * 2^32 + 2 = 1544711097... computed here.
  const std::int64_t wanted = std::int64_t{359656079} * 4294967296 + 4294967294;
  test::check_event(one(R"("startTimeUnixNano":{"low":-2,"high":359656079,"unsigned":true})"),
                    "other time=" + std::to_string(wanted));
}

TEST_CASE("an enumeration by name is not read") {
  test::check_event(one(R"("status":{"code":"STATUS_CODE_ERROR","message":"broken"})"),
                    "other status=error error=broken");
  test::check_event(one(R"("status":{"code":2})"), "other status=error");
  test::check_event(one(R"("status":{"code":"1"},"endTimeUnixNano":"5")"), "other status=ok");
  test::check_event(one(R"("status":{},"endTimeUnixNano":"5")"), "other -status");
}

TEST_CASE("a time that is missing or wrong makes up a duration") {
  test::check_event(one(R"("startTimeUnixNano":"7000","endTimeUnixNano":"2000")"),
                    "other time=7000 -duration_us");
  test::check_event(one(R"("endTimeUnixNano":"2000")"), "other time=2000 -duration_us");
  test::check_event(one(R"("startTimeUnixNano":"1000","endTimeUnixNano":"1000")"),
                    "other duration_us=0");
  test::check_event(one(R"("startTimeUnixNano":"soon")"), "other -time flags=wrong-type");
}

TEST_CASE("what the producer left out is not told") {
  test::check_event(one(R"("droppedAttributesCount":3)"), "other states=truncated");
  test::check_event(one(R"("droppedAttributesCount":"0")"), "other -states");
}

TEST_CASE("values of every type, and none") {
  const auto with = [](const std::string& value) {
    return one(R"("attributes":[{"key":"deployment.environment.name","value":)" + value + "}]");
  };
  test::check_event(with(R"({"stringValue":"prod"})"), "other environment=prod");
  test::check_event(with(R"({"string_value":"prod"})"), "other environment=prod");
  test::check_event(with(R"("prod")"), "other environment=prod");
  test::check_event(with(R"({"arrayValue":{"values":[{"stringValue":"prod"}]}})"),
                    "other environment=prod");
  test::check_event(with("{}"), "other -environment -flags");
  test::check_event(with("null"), "other -environment -flags");
  test::check_event(with(R"({"intValue":"many"})"), "other -environment flags=wrong-type");
  test::check_event(with(R"({"doubleValue":"NaN"})"), "other -environment -flags");
}

TEST_CASE("a malformed request crashes the reader or is lost") {
  using Found = source::OtlpReader::Found;
  for (
      const char* const json :
      {R"({"resourceSpans":null})", R"({"resourceSpans":[]})", R"({"resourceSpans":{}})",
       R"({"resourceSpans":[null,1,[],{"scopeSpans":null}]})",
       R"({"resourceSpans":[{"resource":null,"scopeSpans":[{"scope":3,"spans":[null,7,"x",[{}]]}]}]})",
       R"({"resourceMetrics":[{"scopeMetrics":[]}]})"}) {
    CAPTURE(json);
    CHECK(found(json) == Found::whole);
  }
  CHECK(found(R"({"resourceSpan":[]})") == Found::foreign);
  CHECK(found(R"([1])") == Found::foreign);
  CHECK(found(R"({"resourceSpans":[)") == Found::broken);
  CHECK(found(R"({"resourceSpans":[],"resourceSpans":[]})") == Found::broken);
  // Strange but whole: an attribute without a key, events and links that are none.
  test::check_event(one(R"("attributes":[{},{"value":{"intValue":1}},5],"events":[1,{}],
                           "links":[{"traceId":4}],"name":7)"),
                    "other flags=wrong-type");
}

TEST_CASE("spans under the names of older protocols are not found") {
  for (const char* const json :
       {R"({"resource_spans":[{"scope_spans":[{"spans":[{"name":"a"}]}]}]})",
        R"({"resourceSpans":[{"instrumentationLibrarySpans":[{"spans":[{"name":"a"}]}]}]})",
        "{\"\\u0072esourceSpans\":[{\"scope\\u0053pans\":[{\"\\u0073pans\":[{\"name\":\"a\"}]}]}]"
        "}"}) {
    CAPTURE(json);
    const auto events = mapped_record(json);
    REQUIRE(events.size() == 1);
    test::check_event(events[0], "other action=a");
  }
}

TEST_CASE("a range is not that of its span") {
  const std::string text =
      "\xef\xbb\xbf { \"x\":{\"spans\":[{}]}, \"resourceSpans\" : [ {\"scopeSpans\":[{\"spans\":[ "
      "{\"a\":\"}\\\"]\"} ,"
      "{\"b\":[1,{\"c\":2}]}, 7 ]},{\"spans\":[]}],\"y\":-1.5e3} ], "
      "\"resourceLogs\":[{\"scopeLogs\":"
      "[{\"logRecords\":[{}]}]}] }";
  const auto ranges = source::find_otlp_ranges(text);
  REQUIRE(ranges.size() == 3);
  CHECK(text.substr(ranges[0].offset, ranges[0].length) == "{\"a\":\"}\\\"]\"}");
  CHECK(text.substr(ranges[1].offset, ranges[1].length) == "{\"b\":[1,{\"c\":2}]}");
  CHECK(text.substr(ranges[2].offset, ranges[2].length) == "{}");
}

TEST_CASE("the resource wins over the span") {
  const auto events = mapped_record(
      R"({"resourceSpans":[{"resource":{"attributes":[
           {"key":"service.name","value":{"stringValue":"unknown_service:node"}},
           {"key":"deployment.environment.name","value":{"stringValue":"prod"}},
           {"key":"session.id","value":{"stringValue":"of the resource"}}]},
         "scopeSpans":[{"spans":[{"attributes":[
           {"key":"environment","value":{"stringValue":"test"}},
           {"key":"thread.id","value":{"intValue":"7"}}]}]}]}]})");
  REQUIRE(events.size() == 1);
  test::check_event(events[0], "other environment=test -service -agent");
  CHECK(events[0].find("session=of the resource\n") != std::string::npos);
}

TEST_CASE("an input is taken for what it is not") {
  using source::Shape;
  using source::shape_of;
  CHECK(shape_of("{\n \"resourceSpans\": [\n") == Shape::json);
  CHECK(shape_of(R"({"resourceSpans":[]})"
                 "\n"
                 R"({"resourceSpans":[]})") == Shape::lines);
  CHECK(shape_of(R"({"resourceSpans":[)") == Shape::lines);
  CHECK(shape_of("{\n \"a\": 1}") == Shape::json);
  CHECK(shape_of("[\n{\"a\":1},\n{\"a\":2}]") == Shape::json);
  CHECK(shape_of("{\"a\": {\n  \"b\": 1}}") == Shape::json);
  CHECK(shape_of("{\"cut\":[1,\n{\"a\":1}\n{\"a\":2}\n") == Shape::lines);
  CHECK(shape_of("[1,2]\n[3]\n") == Shape::lines);
  // Elements that begin where the line does, as exports of CloudTrail have them.
  CHECK(shape_of("{\"Records\":[\n{\"a\":1},\n{\"a\":2}\n]}\n") == Shape::json);
  CHECK(shape_of("{\"Records\":[\n{\"a\":1}\n]}\n") == Shape::json);
  CHECK(shape_of("{\"Records\":\n[{\"a\":\n1}]}\n") == Shape::json);
  CHECK(shape_of("{\"Records\":[\n{\"a\":\"" + std::string(5000, 'x')) == Shape::json);
  CHECK(shape_of("{\"cut\":[\n{\"a\":1}\n{\"a\":2}\n") == Shape::lines);
  CHECK(shape_of("{\"cut\":[1,\n{\"a\":1}\n") == Shape::lines);
  CHECK(source::needs_more("{\"Records\":[\n"));
  CHECK(source::needs_more("{\"Records\":[\n{\"a\":1}\n"));
  CHECK_FALSE(source::needs_more("{\"Records\":[\n{\"a\":1},\n"));
  CHECK(shape_of("") == Shape::lines);
  CHECK(shape_of("\n\n{\"a\":1}\n") == Shape::lines);
}

}  // namespace audit
