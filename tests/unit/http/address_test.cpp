#include "http/address.hpp"

#include <audit/error.hpp>

#include <string>

#include <doctest/doctest.h>

namespace audit::http {

namespace {

std::string read(std::string_view text) {
  try {
    const Address address = parse_address(text, 4318);
    return address.host + " " + std::to_string(address.port);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::invalid_argument);
    CHECK(!error.hint().empty());
    return "refused";
  }
}

bool is_loopback(std::string_view text) { return look_up(parse_address(text, 0)).is_loopback; }

}  // namespace

TEST_CASE("an address to listen at is read otherwise than it is written") {
  CHECK(read("127.0.0.1:4318") == "127.0.0.1 4318");
  CHECK(read("127.0.0.1:0") == "127.0.0.1 0");
  CHECK(read("localhost") == "localhost 4318");
  CHECK(read("9000") == "127.0.0.1 9000");
  CHECK(read("[::1]:80") == "::1 80");
  CHECK(read("[::1]") == "::1 4318");
  for (const char* text : {"", ":", ":80", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                           "127.0.0.1:-1", "::1", "[::1", "[]:80", "[::1]80", "a:1:2"}) {
    CAPTURE(text);
    CHECK(read(text) == "refused");
  }
}

TEST_CASE("an address that others can reach is taken for this machine's own") {
  CHECK(is_loopback("127.0.0.1"));
  CHECK(is_loopback("127.9.9.9:1"));
  CHECK(is_loopback("localhost"));
  CHECK(is_loopback("[::1]:1"));
  CHECK(!is_loopback("0.0.0.0"));
  CHECK(!is_loopback("[::]:1"));
  CHECK(!is_loopback("10.0.0.1"));
  CHECK(!is_loopback("[::ffff:10.0.0.1]:1"));
}

TEST_CASE("a free port is not said, or taken twice") {
  const Listening first = listen_at(look_up(parse_address("127.0.0.1:0", 0)));
  CHECK(first.place.starts_with("127.0.0.1:"));
  CHECK(first.place != "127.0.0.1:0");
  try {
    (void)listen_at(look_up(parse_address(first.place, 0)));
    FAIL("two listen at one port");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::io);
    CHECK(error.message().find(first.place) != std::string::npos);
  }
}

}  // namespace audit::http
