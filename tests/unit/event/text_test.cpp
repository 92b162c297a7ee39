#include "event/text.hpp"

#include <doctest/doctest.h>

namespace audit {

namespace {

std::string text_of(std::string_view payload) {
  base::JsonReader reader;
  std::string out;
  event::append_payload_text(reader, payload, out);
  return out;
}

}  // namespace

TEST_CASE("keys or numbers searched as text") {
  CHECK(text_of(R"({"key":"value","n":12,"deep":[{"a":"b"},"c",null,true]})") ==
        "value\xff"
        "b\xff"
        "c\xff");
}

TEST_CASE("a payload that is not JSON without text") {
  CHECK(text_of("plain words") == "plain words\xff");
  CHECK(text_of("{\"broken") == "{\"broken\xff");
}

TEST_CASE("an escaped string searched as it was written") {
  CHECK(text_of(R"("caf\u00e9")") == "caf\xc3\xa9\xff");
}

TEST_CASE("strings gathered in one go otherwise than by a walk") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + "\"deep\"" + std::string(depth, ']');
  };
  for (const std::string& document :
       {std::string(), std::string(" \n"), std::string("\"alone\""), std::string("12"),
        std::string("{}"), std::string("[[],{}]"), std::string("\xef\xbb\xbf[\"bom\"]"),
        std::string(R"({"a":"1","a":"2","b":{"c":["3",{"d":"4"}],"e":"5"},"f":"6"})"),
        std::string(R"(["big",123456789012345678901234567890,1e999,"behind"])"),
        std::string(R"(["a","b")"), std::string("[\"bad \xff utf\"]"), nested(base::kMaxJsonDepth),
        nested(base::kMaxJsonDepth + 1), nested(100'000)}) {
    CAPTURE(document.substr(0, 40));
    base::JsonReader reader;
    const base::JsonStatus status = reader.parse(document);
    const bool is_json =
        status == base::JsonStatus::ok || status == base::JsonStatus::duplicate_key;
    std::string walked = "before";
    if (is_json) event::append_json_text(reader, walked);
    std::string gathered = "before";
    CHECK(base::JsonReader().append_strings(document, event::kTextBreak, gathered) == is_json);
    CHECK(gathered == walked);
  }
}

}  // namespace audit
