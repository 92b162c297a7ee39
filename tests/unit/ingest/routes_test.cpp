#include "ingest/routes.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace audit::ingest {

namespace {

constexpr const char* kToken = "0123456789abcdef0123456789abcdef";

http::Request ask(std::string method, std::string path, std::vector<http::HeaderField> headers) {
  http::Request head;
  head.method = std::move(method);
  head.path = std::move(path);
  head.headers = std::move(headers);
  head.length = 2;
  return head;
}

http::Request post(std::string path, std::vector<http::HeaderField> headers) {
  return ask("POST", std::move(path), std::move(headers));
}

const http::HeaderField kJson{"content-type", "application/json"};
const http::HeaderField kProtobuf{"content-type", "application/x-protobuf"};

int status_of(const Routes& routes, const http::Request& head) {
  Route route;
  const auto refusal = routes.refuse(head, route);
  return refusal ? refusal->status : 200;
}

}  // namespace

TEST_CASE("a request is read as something else than it says") {
  const Routes routes("");
  Route route;
  CHECK(!routes.refuse(post("/v1/logs", {kProtobuf, {"content-encoding", "gzip"}}), route));
  CHECK(route.signal == Signal::logs);
  CHECK(route.is_protobuf);
  CHECK(route.packing == base::Packing::gzip);
  CHECK(!routes.refuse(post("/v1/metrics", {{"content-type", "Application/JSON; charset=utf-8"},
                                            {"content-encoding", "identity"}}),
                       route));
  CHECK(route.signal == Signal::metrics);
  CHECK(!route.is_protobuf);
  CHECK(route.packing == base::Packing::none);
  for (const char* type : {"application/x-ndjson", "application/jsonl", "application/json"}) {
    CHECK(!routes.refuse(post("/v1/events", {{"content-type", type}}), route));
    CHECK(route.signal == Signal::events);
  }
}

TEST_CASE("a header field that is there twice counts once, or not at all") {
  const Routes routes("");
  CHECK(status_of(routes, post("/v1/logs", {kJson, kProtobuf})) == 415);
  CHECK(status_of(routes, post("/v1/logs", {kJson,
                                            {"content-encoding", "gzip"},
                                            {"content-encoding", "gzip"}})) == 415);
  const Routes guarded(kToken);
  const http::HeaderField shown{"authorization", std::string("Bearer ") + kToken};
  CHECK(status_of(guarded, post("/v1/logs", {kJson, shown})) == 200);
  CHECK(status_of(guarded, post("/v1/logs", {kJson, shown, {"authorization", "Bearer x"}})) == 401);
}

TEST_CASE("who has no token learns which paths there are") {
  const Routes routes(kToken);
  for (const char* path : {"/v1/traces", "/v1/nothing", "/", "/healthz/"}) {
    CHECK(status_of(routes, post(path, {})) == 401);
    CHECK(status_of(routes, ask("GET", path, {})) == 401);
  }
  CHECK(status_of(routes, ask("GET", "/healthz", {})) == 200);
}

TEST_CASE("a page in a browser sends events") {
  const http::HeaderField origin{"origin", "null"};
  CHECK(status_of(Routes(""), post("/v1/events", {kJson, origin})) == 403);
  const http::HeaderField shown{"authorization", std::string("Bearer ") + kToken};
  CHECK(status_of(Routes(kToken), post("/v1/events", {kJson, origin, shown})) == 200);
}

TEST_CASE("a refusal is not in the encoding of the request") {
  const Routes routes("");
  Route route;
  CHECK(routes.refuse(ask("GET", "/v1/traces", {kProtobuf}), route)->content_type ==
        "application/x-protobuf");
  CHECK(routes.refuse(ask("GET", "/v1/traces", {}), route)->content_type == "application/json");
}

}  // namespace audit::ingest
