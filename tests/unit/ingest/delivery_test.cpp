#include "ingest/delivery.hpp"

#include <map>
#include <string>

#include <doctest/doctest.h>

namespace audit::ingest {

namespace {

// The fields of a message of protobuf, of numbers and bytes below 128 only; slow and obvious.
std::map<int, std::string> fields_of(const std::string& message) {
  std::map<int, std::string> fields;
  for (std::size_t at = 0; at < message.size();) {
    const int tag = message[at++];
    const int value = message[at++];
    REQUIRE(value >= 0);
    if ((tag & 7) == 0) {
      fields[tag >> 3] = std::to_string(value);
    } else {
      REQUIRE((tag & 7) == 2);
      fields[tag >> 3] = message.substr(at, static_cast<std::size_t>(value));
      at += static_cast<std::size_t>(value);
    }
  }
  return fields;
}

Delivery rejected(Signal signal, bool is_protobuf) {
  Delivery delivery;
  delivery.signal = signal;
  delivery.is_protobuf = is_protobuf;
  delivery.drafted.read = 1;
  delivery.drafted.rejected = 1;
  delivery.drafted.rejected_parts = 7;
  delivery.drafted.complaint = "say \"no\"";
  return delivery;
}

}  // namespace

TEST_CASE("a full success says that something is wrong") {
  Delivery delivery;
  delivery.signal = Signal::traces;
  CHECK(answer_of(delivery).status == 200);
  CHECK(answer_of(delivery).body == "{}");
  delivery.is_protobuf = true;
  CHECK(answer_of(delivery).body.empty());
  CHECK(answer_of(delivery).content_type == "application/x-protobuf");
}

TEST_CASE("a client whose event was blocked, or halted the run, is told that all is well") {
  Delivery delivery;
  delivery.signal = Signal::events;
  CHECK(answer_of(delivery).body.find(R"("blocked":0,"halted":false})") != std::string::npos);
  delivery.committed.blocked = 2;
  delivery.committed.halted = true;
  CHECK(answer_of(delivery).status == 200);
  CHECK(answer_of(delivery).body.find(R"("blocked":2,"halted":true})") != std::string::npos);
  delivery.signal = Signal::traces;
  CHECK(answer_of(delivery).body == R"({"partialSuccess":{"rejectedSpans":"0","errorMessage":)"
                                    R"("2 stored and blocked by a rule; a rule halted the run"}})");
  delivery.is_protobuf = true;
  const auto partial = fields_of(fields_of(answer_of(delivery).body)[1]);
  CHECK(partial.count(1) == 0);  // none rejected
  CHECK(partial.at(2) == "2 stored and blocked by a rule; a rule halted the run");
}

TEST_CASE("what was rejected is told under the name of another signal") {
  CHECK(answer_of(rejected(Signal::traces, false)).body ==
        R"({"partialSuccess":{"rejectedSpans":"7","errorMessage":"say \"no\""}})");
  CHECK(answer_of(rejected(Signal::logs, false)).body.find(R"("rejectedLogRecords":"7")") !=
        std::string::npos);
  CHECK(answer_of(rejected(Signal::metrics, false)).body.find(R"("rejectedDataPoints":"7")") !=
        std::string::npos);
  const auto response = fields_of(answer_of(rejected(Signal::traces, true)).body);
  REQUIRE(response.size() == 1);
  const auto partial = fields_of(response.at(1));
  CHECK(partial.at(1) == "7");
  CHECK(partial.at(2) == "say \"no\"");
}

TEST_CASE("a failure has another code in each encoding") {
  const http::Response json = status_answer(429, "later", false);
  CHECK(json.body == R"({"code":8,"message":"later"})");
  const http::Response protobuf = status_answer(429, "later", true);
  const auto fields = fields_of(protobuf.body);
  CHECK(fields.at(1) == "8");
  CHECK(fields.at(2) == "later");
  for (const http::Response& response : {json, protobuf}) {
    CHECK(response.status == 429);
    REQUIRE(response.headers.size() == 1);
    CHECK(response.headers[0].first == "Retry-After");
  }
  CHECK(status_answer(400, "", false).headers.empty());
}

TEST_CASE("lines that were all rejected are called a success") {
  Delivery delivery;
  delivery.signal = Signal::events;
  delivery.drafted.read = 2;
  delivery.drafted.rejected = 1;
  CHECK(answer_of(delivery).status == 200);
  delivery.committed.rejected = 1;
  CHECK(answer_of(delivery).status == 400);
  CHECK(answer_of(delivery).body.find(R"("read":2,"stored":0,"duplicates":0,"flagged":0)") !=
        std::string::npos);
}

}  // namespace audit::ingest
