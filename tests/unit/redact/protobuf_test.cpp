#include "base/protobuf.hpp"

#include <string>

#include <doctest/doctest.h>

#include "otlp_encode.hpp"
#include "redact/redactor.hpp"

namespace audit::redact {

namespace {

constexpr const char* kRequest = R"({"resourceSpans":[{"resource":{"attributes":[
  {"key":"host.ip","value":{"stringValue":"192.0.2.17"}}]},"scopeSpans":[{"scope":{"name":"s"},
  "spans":[{"traceId":"34313131313131313131313131313131","spanId":"3431313131313131",
    "name":"mail kim@example.com","startTimeUnixNano":"1700000000000000000",
    "attributes":[
      {"key":"session.id","value":{"stringValue":"078-05-1120"}},
      {"key":"db.password","value":{"stringValue":"open"}},
      {"key":"card","value":{"intValue":"4111111111111111"}},
      {"key":"list","value":{"arrayValue":{"values":[{"stringValue":"lee@example.com"}]}}}],
    "status":{"message":"a@b.co"}}]}]}]})";

std::string masked(const std::string& request, Counts& counts) {
  Redactor redactor({"all"});
  std::string out = request;
  (void)redactor.redact_protobuf(request, out, counts);
  return out;
}

bool has(std::string_view text, std::string_view piece) {
  return text.find(piece) != std::string_view::npos;
}

}  // namespace

TEST_CASE("a request in protobuf that keeps a secret, or its lengths no more") {
  const std::string request = test::OtlpEncoder::encode(kRequest);
  Counts counts;
  const std::string out = masked(request, counts);
  REQUIRE(out.size() == request.size());
  CHECK(counts == Counts{{"card", 1}, {"email", 3}, {"ip", 1}, {"key", 1}});
  for (const char* const secret : {"kim@", "lee@", "a@b.co", "192.0.2.17", "open"}) {
    CAPTURE(secret);
    REQUIRE((has(request, secret) || std::string(secret).empty()));
    CHECK_FALSE(has(out, secret));
  }
  CHECK(has(out, "mail [redacted:email"));
  CHECK(has(out, "078-05-1120"));       // an id
  CHECK(has(out, "4111111111111111"));  // the bytes of a trace id
  // The number became a string of seven bytes, and the request is one still.
  CHECK(has(out, std::string("\x0a\x07[redact", 9)));
  base::WireReader reader(out);
  while (reader.next()) CHECK(reader.tag() == 10);
  CHECK_FALSE(reader.failed());
}

TEST_CASE("bytes that were taken for a request and are none") {
  Counts counts;
  const std::string broken = test::OtlpEncoder::encode(kRequest).substr(0, 150);
  const std::string out = masked(broken, counts);
  CHECK(out.size() == broken.size());
  CHECK_FALSE(has(out, "192.0.2.17"));
  CHECK(masked("\x0a\xff garbage kim@example.com", counts) == "\x0a\xff garbage [redacted:email");
}

}  // namespace audit::redact
