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

}  // namespace audit
