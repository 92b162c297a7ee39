#include "event/arguments.hpp"

#include <doctest/doctest.h>

namespace audit::event {

TEST_CASE("two calls that some readers tell apart have one digest") {
  const auto of_account = [](std::string_view number) {
    return hash_arguments(R"({"account":)" + std::string(number) + "}");
  };
  // Read as doubles, these are one number.
  CHECK_FALSE(of_account("9007199254740993"));
  CHECK_FALSE(of_account("9007199254740992"));
  CHECK_FALSE(of_account("-9007199254740993"));
  CHECK_FALSE(of_account("18446744073709551615"));
  CHECK_FALSE(of_account("100000000000000000000000001"));
  CHECK_FALSE(of_account("[1,{\"deep\":9007199254740993}]"));
  CHECK_FALSE(hash_arguments(R"({"account":1,"account":2})"));
  CHECK(of_account("9007199254740991"));
  CHECK(of_account("-9007199254740991"));
  CHECK(of_account("\"9007199254740993\""));
  CHECK(of_account("9007199254740990") != of_account("9007199254740991"));
}

TEST_CASE("one call that is written in two ways has two digests") {
  CHECK(hash_arguments(R"({"a":1,"b":[2.50]})") == hash_arguments("{ \"b\" : [2.5], \"a\":1e0 }"));
  CHECK(hash_arguments("text") != hash_arguments("Text"));
  CHECK_FALSE(hash_arguments("null"));
  CHECK_FALSE(hash_arguments(""));
}

}  // namespace audit::event
