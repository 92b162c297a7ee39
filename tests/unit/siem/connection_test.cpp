#include "siem/connection.hpp"

#include <doctest/doctest.h>

#include "thrown.hpp"

namespace audit {

using siem::Address;

TEST_CASE("an address to send to is taken apart wrongly") {
  const Address local = siem::parse_address("unix:/run/a:b.sock");
  CHECK(local.kind == Address::Kind::local);
  CHECK(local.host == "/run/a:b.sock");
  const Address tcp = siem::parse_address("tcp://log.example:514");
  CHECK(tcp.kind == Address::Kind::tcp);
  CHECK(tcp.host == "log.example");
  CHECK(tcp.port == "514");
  const Address tls = siem::parse_address("tls://[::1]:6514");
  CHECK(tls.kind == Address::Kind::tls);
  CHECK(tls.host == "::1");
  CHECK(tls.port == "6514");
}

TEST_CASE("a text that is no address is sent to") {
  for (const char* const text :
       {"", "unix:", "udp://h:1", "tcp:/h:1", "tcp://h", "tcp://:1", "tcp://h:", "tcp://h:port",
        "tcp://h:123456", "tcp://h:1/path", "TCP://h:1"}) {
    CAPTURE(text);
    CHECK(test::code_of([text] { (void)siem::parse_address(text); }) ==
          ErrorCode::invalid_argument);
  }
  const std::string longest(108, 'x');  // sun_path and its end
  CHECK(test::code_of([&] { (void)siem::parse_address("unix:" + longest); }) ==
        ErrorCode::invalid_argument);
}

TEST_CASE("where nobody listens something is sent") {
  siem::Connection connection(siem::parse_address("unix:/nonexistent/socket"), {}, nullptr);
  CHECK_FALSE(connection.send("x"));
  CHECK_FALSE(connection.open());
  CHECK(connection.trouble() == "No such file or directory");
  CHECK_FALSE(connection.settle());
}

}  // namespace audit
