#include "base/json.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace audit::base {

namespace {

// Writes down what it is told.
class Recorder final : public JsonVisitor {
 public:
  std::string log;

  void begin_object(std::string_view key) override { log += fmt::format("{}{{ ", key); }

  void end_object() override { log += "} "; }

  void begin_array(std::string_view key) override { log += fmt::format("{}[ ", key); }

  void end_array() override { log += "] "; }

  void string(std::string_view key, std::string_view value) override {
    log += fmt::format("{}='{}' ", key, value);
  }

  void number(std::string_view key, const JsonNumber& value) override {
    if (value.kind == JsonNumber::Kind::signed_integer) log += fmt::format("{}={} ", key, value.i);
    if (value.kind == JsonNumber::Kind::unsigned_integer)
      log += fmt::format("{}={}u ", key, value.u);
    if (value.kind == JsonNumber::Kind::real) log += fmt::format("{}={}r ", key, value.d);
  }

  void boolean(std::string_view key, bool value) override {
    log += fmt::format("{}={} ", key, value);
  }

  void null(std::string_view key) override { log += fmt::format("{}=null ", key); }
};

std::string walked(std::string_view document) {
  JsonReader reader;
  REQUIRE(reader.parse(document) == JsonStatus::ok);
  Recorder recorder;
  reader.walk(recorder);
  return recorder.log;
}

JsonStatus status(std::string_view document) { return JsonReader().parse(document); }

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("values lost or out of order") {
  CHECK(walked(R"({"a":1,"b":[true,null,"x"],"c":{"d":-2.5}})") ==
        "{ a=1 b[ =true =null ='x' ] c{ d=-2.5r } } ");
}

TEST_CASE("numbers beyond 64 bits or a double refused") {
  CHECK(walked("9223372036854775807") == "=9223372036854775807 ");
  CHECK(walked("9223372036854775808") == "=9223372036854775808u ");
  CHECK(walked("18446744073709551616") == "=1.8446744073709552e+19r ");
  CHECK(walked(R"({"n":-123456789012345678901234567890,"s":"12345678901234567890123"})") ==
        "{ n=-1.2345678901234568e+29r s='12345678901234567890123' } ");
  CHECK(walked("[1e999,-1e999,1]") ==
        "[ =1.7976931348623157e+308r =-1.7976931348623157e+308r =1 ] ");
}

TEST_CASE("what is not JSON taken for it") {
  for (const char* text : {"", " ", "{", "{\"a\":}", "{\"a\":1}{", "nul", "01", "1.", "+1", "'a'",
                           "{\"a\":1,}", "\"\\ud83d\"", "\"\t\"", "[1 2]", "\xef\xbb\xbf"}) {
    CAPTURE(text);
    CHECK(status(text) == JsonStatus::not_json);
  }
}

TEST_CASE("a byte order mark or a carriage return that spoils a line") {
  CHECK(status("\xef\xbb\xbf{\"a\":1}") == JsonStatus::ok);
  CHECK(status("{\"a\":1}\r") == JsonStatus::ok);
}

TEST_CASE("bytes that are not UTF-8 accepted") {
  CHECK(status("\"\xff\"") == JsonStatus::bad_utf8);
  CHECK(status("{\"a\":\"\xc3\"}") == JsonStatus::bad_utf8);
  CHECK(status("\xff\xfe") == JsonStatus::bad_utf8);
}

TEST_CASE("a key that is there twice not noticed") {
  CHECK(status(R"({"a":1,"a":2})") == JsonStatus::duplicate_key);
  CHECK(status(R"({"x":[{"b":1,"c":2,"b":3}]})") == JsonStatus::duplicate_key);
  CHECK(status(R"({"a":1,"\u0061":2})") == JsonStatus::duplicate_key);
  CHECK(status(R"({"a":{"a":{"a":1}}})") == JsonStatus::ok);
  CHECK(status(R"([{"a":1},{"a":1}])") == JsonStatus::ok);
}

TEST_CASE("a duplicate among very many keys not noticed") {
  std::string object = "{";
  for (int i = 0; i < 300; ++i) object += fmt::format("\"key-{}\":0,", i);
  CHECK(status(object + "\"key-300\":0}") == JsonStatus::ok);
  CHECK(status(object + "\"key-0\":0}") == JsonStatus::duplicate_key);
  CHECK(status(object + "\"key-299\":0}") == JsonStatus::duplicate_key);
  CHECK(status(object + "\"new\":0,\"new\":1}") == JsonStatus::duplicate_key);
}

// It took a minute for 150,000 keys when each was looked for among all.
TEST_CASE("an object of a million keys that takes hours") {
  std::string object = "{";
  for (int i = 0; i < 1'000'000; ++i) object += "\"" + std::to_string(i) + "\":0,";
  CHECK(status(object + "\"new\":0}") == JsonStatus::ok);
  CHECK(status(object + "\"999999\":0}") == JsonStatus::duplicate_key);
}

TEST_CASE("nesting beyond the limit accepted, or a crash on very deep nesting") {
  CHECK(status(nested(kMaxJsonDepth)) == JsonStatus::ok);
  CHECK(status(nested(kMaxJsonDepth + 1)) == JsonStatus::too_deep);
  CHECK(status(nested(1'000'000)) == JsonStatus::too_deep);
}

TEST_CASE("a string that breaks out of its JSON quotes") {
  std::string out;
  append_json_string(out, "a\"b\\c\n\x01\x7f\xe2\x80\xa8");
  CHECK(out == R"("a\"b\\c\n\u0001\u007f\u2028")");
  out.clear();
  append_json_string(out, "ok \xc3\xa9 bad \xff \xc3");
  CHECK(out == "\"ok \xc3\xa9 bad \xef\xbf\xbd \xef\xbf\xbd\"");
  CHECK(JsonReader().parse(out) == JsonStatus::ok);
}

TEST_CASE("a value that is looked up is another") {
  JsonReader reader;
  REQUIRE(reader.parse(R"({"a":{"b":[1,-2.5,"x",true,null,{}]},"c":18446744073709551615})") ==
          JsonStatus::ok);
  const JsonValue root = reader.root();
  CHECK(root.is_object());
  CHECK(!root.member("b"));
  CHECK(!root.member("c")->member("a"));
  CHECK(root.member("c")->number().u == 18446744073709551615U);
  std::string seen;
  const JsonValue list = *root.member("a")->member("b");
  list.for_elements([&](const JsonValue& value) {
    switch (value.kind()) {
      case JsonValue::Kind::number:
        seen += "n" + std::to_string(value.number().d) + " ";
        break;
      case JsonValue::Kind::string:
        seen += "s" + std::string(value.text()) + " ";
        break;
      case JsonValue::Kind::boolean:
        seen += value.truth() ? "t " : "f ";
        break;
      default:
        seen += value.is_object() ? "o " : "z ";
        break;
    }
    return seen.size() < 30;
  });
  CHECK(seen == "n1.000000 n-2.500000 sx t z o ");
  int count = 0;
  list.for_elements([&](const JsonValue&) { return ++count < 2; });
  CHECK(count == 2);
  std::string keys;
  root.for_members([&](std::string_view key, const JsonValue&) { keys += key; });
  CHECK(keys == "ac");
  list.for_members([&](std::string_view, const JsonValue&) { keys += "!"; });
  CHECK(keys == "ac");
}

}  // namespace audit::base
