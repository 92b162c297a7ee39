#include "http/connection.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace audit::http {

namespace {

using std::chrono::seconds;

// Notes what it is asked. Answers /now at once, refuses /no by its head, and takes what may wait.
class Notes final : public Handler {
 public:
  std::vector<std::string> seen;
  std::size_t room = 1'000'000;
  std::size_t held = 0;
  bool has_met_http2 = false;

  std::optional<Response> refuse(const Request& head) override {
    if (head.path != "/no") return std::nullopt;
    return explain({404, "no"}, head);
  }

  bool hold(std::size_t bytes) override {
    if (held + bytes > room) return false;
    held += bytes;
    return true;
  }

  void release(std::size_t bytes) noexcept override { held -= bytes; }

  std::optional<Response> handle(std::uint64_t, Request&& request) override {
    release(request.body.size());
    seen.push_back(request.method + " " + request.path + " " + request.body);
    if (request.path != "/now") return std::nullopt;
    Response response;
    response.body = "here";
    return response;
  }

  Response explain(const Refusal& refusal, const Request&) override {
    seen.push_back("refused " + std::to_string(refusal.status));
    Response response;
    response.status = refusal.status;
    return response;
  }

  void met_http2() override { has_met_http2 = true; }

  void met_plain_http() override {}

  void end() override {}
};

struct Talk {
  Notes notes;
  Connection::Time now{seconds(1'000'000)};
  Connection connection{notes, 7, now};

  // Sends bytes, and returns what comes back.
  std::string say(std::string_view bytes) {
    connection.receive(bytes, now);
    return take();
  }

  std::string take() {
    std::string out;
    while (!connection.outgoing().empty()) {
      out += connection.outgoing();
      connection.sent(connection.outgoing().size(), now);
    }
    return out;
  }

  // Lets time pass until the deadline, and says how long it was.
  long expire() {
    const auto deadline = connection.deadline();
    const auto waited = std::chrono::duration_cast<seconds>(deadline - now).count();
    now = deadline;
    connection.expire(now);
    return waited;
  }
};

const std::string kPost = "POST /v1/traces HTTP/1.1\r\nHost: x\r\n";

bool has_status(const std::string& answer, int status) {
  return answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

bool closes(const std::string& answer) {
  return answer.find("\r\nConnection: close\r\n") != std::string::npos;
}

}  // namespace

TEST_CASE("requests that follow each other on one connection are mixed up") {
  Talk talk;
  // The second and third are sent before the first is answered.
  CHECK(talk.say(kPost + "Content-Length: 3\r\n\r\none" + kPost +
                 "Transfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n" +
                 "GET /now HTTP/1.1\r\nHost: x\r\n\r\n")
            .empty());
  CHECK(talk.connection.is_waiting());
  CHECK(!talk.connection.wants_bytes());
  talk.connection.answer({}, talk.now);
  CHECK(has_status(talk.take(), 200));
  CHECK(talk.connection.is_waiting());
  talk.connection.answer({}, talk.now);
  const std::string rest = talk.take();
  CHECK(has_status(rest, 200));
  CHECK(rest.ends_with("\r\n\r\nhere"));
  CHECK(talk.notes.seen ==
        std::vector<std::string>{"POST /v1/traces one", "POST /v1/traces two", "GET /now "});
  CHECK(talk.connection.wants_bytes());
  CHECK(talk.notes.held == 0);
}

TEST_CASE("the body of a request that was refused is taken for the next request") {
  Talk talk;
  const std::string answer = talk.say(
      "POST /no HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\nGET /now HTTP/1.1\r\n\r\n");
  CHECK(has_status(answer, 404));
  CHECK(closes(answer));
  CHECK(talk.connection.has_said_all());
  CHECK(talk.say("GET /now HTTP/1.1\r\nHost: x\r\n\r\n").empty());
  CHECK(talk.notes.seen == std::vector<std::string>{"refused 404"});
  CHECK(talk.expire() == kLingerTime.count());
  CHECK(talk.connection.is_over());
}

TEST_CASE("a connection ends though its client may go on") {
  Talk talk;
  CHECK(!closes(talk.say("GET /no HTTP/1.1\r\nHost: x\r\n\r\n")));
  CHECK(has_status(talk.say("GET /now HTTP/1.1\r\nHost: x\r\n\r\n"), 200));
  const std::string last = talk.say("GET /now HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(closes(last));
  CHECK(talk.connection.has_said_all());
}

TEST_CASE("who waits to be told to go on waits for ever") {
  Talk talk;
  CHECK(talk.say(kPost + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n") ==
        "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(talk.say("ab").empty());
  CHECK(talk.connection.is_waiting());
}

TEST_CASE("an answer to HEAD has a body") {
  Talk talk;
  const std::string answer = talk.say("HEAD /now HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(has_status(answer, 200));
  CHECK(answer.find("Content-Length: 4\r\n") != std::string::npos);
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("who sends a byte now and then keeps a connection") {
  Talk talk;
  for (int i = 0; i < 9; ++i) {  // a header, one byte a second
    talk.now += seconds(1);
    CHECK(talk.say(kPost.substr(static_cast<std::size_t>(i), 1)).empty());
  }
  CHECK(talk.expire() == 1);
  CHECK(has_status(talk.take(), 408));

  Talk body;
  CHECK(body.say(kPost + "Content-Length: 1000\r\n\r\n").empty());
  for (int i = 0; i < 29; ++i) {
    body.now += seconds(1);
    CHECK(body.say("x").empty());
  }
  CHECK(body.expire() == 1);
  CHECK(has_status(body.take(), 408));
  CHECK(body.notes.held == 0);

  // Who sends much has more time.
  Talk large;
  large.notes.room = 100'000'000;
  CHECK(large.say(kPost + "Content-Length: 60000000\r\n\r\n").empty());
  CHECK(large.say(std::string(kBodyBytesPerSecond * 100, 'x')).empty());
  CHECK(large.expire() == kBodyTime.count() + 100);
}

TEST_CASE("a client that is quiet is told that it is slow, or kept for ever") {
  Talk fresh;
  CHECK(fresh.expire() == kHeadTime.count());
  CHECK(fresh.take().empty());
  CHECK(fresh.connection.is_over());

  Talk talk;
  CHECK(has_status(talk.say("GET /now HTTP/1.1\r\nHost: x\r\n\r\n"), 200));
  CHECK(talk.expire() == kIdleTime.count());
  CHECK(talk.take().empty());
  CHECK(talk.connection.is_over());

  // A request that begins after a pause has all of its time.
  Talk late;
  CHECK(has_status(late.say("GET /now HTTP/1.1\r\nHost: x\r\n\r\n"), 200));
  late.now += seconds(70);
  CHECK(late.say("G").empty());
  CHECK(late.expire() == kHeadTime.count());
}

TEST_CASE("a client that takes no answer keeps a connection") {
  Talk talk;
  talk.connection.receive("GET /now HTTP/1.1\r\nHost: x\r\n\r\n", talk.now);
  talk.connection.sent(1, talk.now);
  CHECK(talk.expire() == kAnswerTime.count());
  CHECK(talk.connection.is_over());
}

TEST_CASE("there is a time limit on our own work") {
  Talk talk;
  CHECK(talk.say(kPost + "Content-Length: 0\r\n\r\n").empty());
  REQUIRE(talk.connection.is_waiting());
  CHECK(talk.connection.deadline() == Connection::Time::max());
}

TEST_CASE("a body has no bounds") {
  Talk told;
  CHECK(has_status(told.say(kPost + "Content-Length: 67108865\r\n\r\n"), 413));
  Talk chunked;
  CHECK(has_status(chunked.say(kPost + "Transfer-Encoding: chunked\r\n\r\n4000001\r\nx"), 413));
  Talk full;
  full.notes.room = 10;
  CHECK(full.say(kPost + "Content-Length: 20\r\n\r\n0123456789").empty());
  CHECK(full.notes.held == 10);
  CHECK(has_status(full.say("0"), 429));
  CHECK(full.notes.held == 0);
  Talk head;
  CHECK(has_status(head.say(kPost + "X: " + std::string(kMaxHeadBytes, 'x')), 431));
}

TEST_CASE("a connection that goes away takes the room of its body with it") {
  Notes notes;
  {
    const Connection::Time now{};
    Connection connection(notes, 1, now);
    connection.receive(kPost + "Content-Length: 20\r\n\r\n0123456789", now);
    CHECK(notes.held == 10);
  }
  CHECK(notes.held == 0);
}

TEST_CASE("who speaks TLS to a port without it waits in vain, and nobody learns why") {
  Talk hello;
  const std::string answer = hello.say("\x16\x03\x01\x02");
  CHECK(has_status(answer, 400));
  Talk other;
  CHECK(other.say("\x16").empty());
}

TEST_CASE("HTTP/2 is not noticed, or noticed where there is none") {
  const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  Talk whole;
  const std::string answer = whole.say(preface + "more");
  CHECK(whole.notes.has_met_http2);
  // Two frames: SETTINGS (4), and GOAWAY (7) with the error HTTP_1_1_REQUIRED (13).
  REQUIRE(answer.size() == 26);
  CHECK(answer[3] == 4);
  CHECK(answer[9 + 3] == 7);
  CHECK(answer[25] == 13);
  CHECK(whole.connection.has_said_all());

  Talk pieces;
  for (const char c : preface.substr(0, preface.size() - 1)) {
    CHECK(pieces.say(std::string(1, c)).empty());
    CHECK(!pieces.notes.has_met_http2);
  }
  CHECK(pieces.say("\n").size() == 26);

  Talk other;
  CHECK(has_status(other.say("PRI * HTTP/2.0\r\n\r\nSMALL\r\n\r\n"), 505));
  CHECK(!other.notes.has_met_http2);
}

TEST_CASE("a stop cuts what is whole, or waits for what is not") {
  Talk idle;
  idle.connection.stop(idle.now);
  CHECK(idle.connection.is_over());

  Talk head;
  CHECK(head.say("POST /").empty());
  head.connection.stop(head.now);
  CHECK(has_status(head.take(), 503));

  Talk body;
  CHECK(body.say(kPost + "Content-Length: 5\r\n\r\nab").empty());
  body.connection.stop(body.now);
  CHECK(has_status(body.take(), 503));

  Talk whole;
  CHECK(whole.say(kPost + "Content-Length: 2\r\n\r\nab").empty());
  whole.connection.stop(whole.now);
  CHECK(whole.connection.is_waiting());
  whole.connection.answer({}, whole.now);
  const std::string answer = whole.take();
  CHECK(has_status(answer, 200));
  CHECK(closes(answer));

  Talk failed;
  CHECK(failed.say(kPost + "Content-Length: 2\r\n\r\nab").empty());
  failed.connection.give_up(failed.now);
  CHECK(has_status(failed.take(), 503));
}

TEST_CASE("bodies that do not come keep every other client off") {
  Talk talk;
  CHECK_FALSE(talk.connection.may_give_way(talk.now + seconds(10)));
  talk.connection.receive("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n",
                          talk.now);
  CHECK_FALSE(talk.connection.may_give_way(talk.now + seconds(1)));
  CHECK(talk.connection.may_give_way(talk.now + seconds(3)));
  // The one that brings more has longer.
  Notes notes;
  Connection other(notes, 8, talk.now);
  other.receive("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", talk.now);
  other.receive(std::string(90'000, 'x'), talk.now);
  CHECK(talk.connection.deadline() < other.deadline());
  other.receive(std::string(10'000, 'x'), talk.now);
  CHECK_FALSE(other.may_give_way(talk.now + seconds(3)));  // it is being worked on
}

}  // namespace audit::http
