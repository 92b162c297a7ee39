#include "http/request.hpp"

#include <string>

#include <doctest/doctest.h>

namespace audit::http {

namespace {

// The status a head is refused with; 0 if it is taken.
int status_of(const std::string& head) {
  Request request;
  const auto refusal = parse_head(head, request);
  return refusal ? refusal->status : 0;
}

int status_with(const std::string& fields) {
  return status_of("POST /v1/traces HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
}

}  // namespace

TEST_CASE("a plain request is not understood") {
  Request request;
  const auto refusal = parse_head(
      "POST /v1/traces?a=b HTTP/1.1\r\nHost: localhost:4318\r\nContent-Length: 12\r\n"
      "X-Thing:\t two words \r\nX-Empty:\r\n\r\n",
      request);
  REQUIRE(!refusal);
  CHECK(request.method == "POST");
  CHECK(request.path == "/v1/traces");
  CHECK(request.length == 12);
  CHECK(request.keeps_alive);
  CHECK(!request.is_chunked);
  REQUIRE(request.find("x-thing") != nullptr);
  CHECK(*request.find("x-thing") == "two words");
  REQUIRE(request.find("x-empty") != nullptr);
  CHECK(request.find("x-empty")->empty());
  CHECK(request.find("x-other") == nullptr);
}

TEST_CASE("a proxy and this server could disagree on where a request ends") {
  CHECK(status_with("Content-Length: 1\r\n") == 0);
  CHECK(status_with("Content-Length: 1\r\nContent-Length: 1\r\n") == 400);
  CHECK(status_with("Content-Length: 1\r\nContent-Length: 2\r\n") == 400);
  CHECK(status_with("Content-Length: 1, 1\r\n") == 400);
  CHECK(status_with("Content-Length: +1\r\n") == 400);
  CHECK(status_with("Content-Length: -1\r\n") == 400);
  CHECK(status_with("Content-Length: 0x1\r\n") == 400);
  CHECK(status_with("Content-Length:\r\n") == 400);
  CHECK(status_with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n") == 400);
  CHECK(status_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") == 400);
  CHECK(status_with("Transfer-Encoding: chunked\r\n") == 0);
  CHECK(status_with("Transfer-Encoding: Chunked\r\n") == 0);
  CHECK(status_with("Transfer-Encoding: gzip, chunked\r\n") == 501);
  CHECK(status_with("Content-Length : 1\r\n") == 400);
  CHECK(status_with("X: a\r\n b\r\n") == 400);
  CHECK(status_with("X: a\nContent-Length: 5\r\n") == 400);
  CHECK(status_with("X: a\rb\r\n") == 400);
  CHECK(status_with(std::string("X: a\0b\r\n", 8)) == 400);
  CHECK(status_with(": a\r\n") == 400);
  CHECK(status_with("no colon\r\n") == 400);
  CHECK(status_with("Host: y\r\n") == 400);
  CHECK(status_of("POST / HTTP/1.1\r\n\r\n") == 400);
  CHECK(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
  CHECK(status_of("POST / HTTP/1.0\r\n\r\n") == 0);
}

TEST_CASE("a length beyond all numbers is taken for a small one") {
  CHECK(status_with("Content-Length: 18446744073709551615\r\n") == 0);
  CHECK(status_with("Content-Length: 18446744073709551616\r\n") == 413);
  CHECK(status_with("Content-Length: 99999999999999999999999999\r\n") == 413);
}

TEST_CASE("a first line that is no request is taken for one") {
  const std::string host = "\r\nHost: x\r\n\r\n";
  CHECK(status_of("GET / HTTP/1.1" + host) == 0);
  CHECK(status_of("GET http://localhost:4318/healthz HTTP/1.1" + host) == 0);
  CHECK(status_of("OPTIONS * HTTP/1.1" + host) == 0);
  CHECK(status_of("GET /" + host) == 400);
  CHECK(status_of("GET" + host) == 400);
  CHECK(status_of(host) == 400);
  CHECK(status_of(" GET / HTTP/1.1" + host) == 400);
  CHECK(status_of("G(T / HTTP/1.1" + host) == 400);
  CHECK(status_of("GET /a b HTTP/1.1" + host) == 400);
  CHECK(status_of("GET /a\tb HTTP/1.1" + host) == 400);
  CHECK(status_of("GET / HTTP/2.0" + host) == 505);
  CHECK(status_of("GET / http/1.1" + host) == 400);
  CHECK(status_of("GET / RTSP/1.1" + host) == 400);
}

TEST_CASE("a header without end is kept") {
  CHECK(status_with("X: " + std::string(kMaxHeadBytes, 'a') + "\r\n") == 431);
  std::string many;
  for (std::size_t i = 1; i < kMaxHeaderFields; ++i) many += "X: a\r\n";
  CHECK(status_with(many) == 0);  // Host is the hundredth
  CHECK(status_with(many + "X: a\r\n") == 431);
}

TEST_CASE("what a client says of the connection is not heard") {
  const auto keeps_alive = [](const std::string& head) {
    Request request;
    REQUIRE(!parse_head(head, request));
    return request.keeps_alive;
  };
  const std::string start = "GET / HTTP/1.1\r\nHost: x\r\n";
  CHECK(keeps_alive(start + "\r\n"));
  CHECK(keeps_alive(start + "Connection: keep-alive\r\n\r\n"));
  CHECK(!keeps_alive(start + "Connection: close\r\n\r\n"));
  CHECK(!keeps_alive(start + "Connection: keep-alive, Close\r\n\r\n"));
  CHECK(!keeps_alive("GET / HTTP/1.0\r\n\r\n"));
  CHECK(status_with("Expect: 100-continue\r\n") == 0);
  CHECK(status_with("Expect: miracles\r\n") == 417);
}

}  // namespace audit::http
