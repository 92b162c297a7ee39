#include "http/connection.hpp"

#include <algorithm>
#include <utility>

namespace audit::http {

namespace {

constexpr std::string_view kTlsHello("\x16\x03");  // how a handshake begins
constexpr std::string_view kHttp2("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

// SETTINGS without any, then GOAWAY with the error HTTP_1_1_REQUIRED.
constexpr std::string_view kGoAway(
    "\0\0\0\x04\0\0\0\0\0"
    "\0\0\x08\x07\0\0\0\0\0"
    "\0\0\0\0\0\0\0\x0d",
    26);

constexpr std::string_view kContinue("HTTP/1.1 100 Continue\r\n\r\n");

}  // namespace

Connection::Connection(Handler& handler, std::uint64_t id, Time now)
    : handler_(handler), id_(id), since_(now) {}

Connection::~Connection() { handler_.release(held_); }

void Connection::receive(std::string_view bytes, Time now) {
  if (phase_ == Phase::lingering) return;
  if (phase_ == Phase::head && in_.empty() && !is_fresh_) since_ = now;
  in_.append(bytes);
  advance(now);
}

void Connection::advance(Time now) {
  while (outgoing().empty()) {
    if (phase_ == Phase::head && !take_head(now)) return;
    if (phase_ == Phase::body && !take_body(now)) return;
    if (phase_ != Phase::head && phase_ != Phase::body) return;
  }
}

// False if more bytes are needed.
bool Connection::take_head(Time now) {
  if (in_.size() >= kHttp2.size() ? in_.starts_with(kHttp2) : kHttp2.starts_with(in_)) {
    if (in_.size() < kHttp2.size()) return false;
    end_http2(now);
    return true;
  }
  if (in_.starts_with(kTlsHello)) {
    refuse({400, "a client speaks TLS, and there is none here: set http:// in its endpoint"}, now);
    return true;
  }
  const std::size_t end = in_.find("\r\n\r\n", searched_ - std::min<std::size_t>(searched_, 3));
  if (end == std::string::npos || end + 4 > kMaxHeadBytes) {
    searched_ = in_.size();
    if (in_.size() < kMaxHeadBytes) return false;
    refuse({431, "the header is too large"}, now);
    return true;
  }
  const std::optional<Refusal> refusal =
      parse_head(std::string_view(in_).substr(0, end + 4), request_);
  in_.erase(0, end + 4);
  searched_ = 0;
  if (refusal) {
    refuse(*refusal, now);
    return true;
  }
  if (const std::optional<Response> unwanted = handler_.refuse(request_)) {
    // What follows a body that was not read would be taken for a request.
    say(*unwanted, request_.has_body() || !request_.keeps_alive, now);
    return true;
  }
  phase_ = Phase::body;
  since_ = now;
  chunks_ = {};
  if (request_.length.value_or(0) > kMaxBodyBytes) {
    refuse({413, "the body is too large"}, now);
  } else if (request_.expects_continue && request_.has_body() && in_.empty()) {
    out_ = kContinue;
    said_ = now;
  }
  return true;
}

// False if more bytes are needed.
bool Connection::take_body(Time now) {
  std::string& body = request_.body;
  const std::size_t before = body.size();
  std::size_t taken = 0;
  if (request_.is_chunked) {
    taken = chunks_.take(in_, body, kMaxBodyBytes);
  } else {
    taken = static_cast<std::size_t>(
        std::min<std::uint64_t>(in_.size(), request_.length.value_or(0) - body.size()));
    body.append(in_, 0, taken);
  }
  in_.erase(0, taken);
  if (!handler_.hold(body.size() - before)) {
    refuse({429, "there is no room for the body now"}, now);
    return true;
  }
  held_ += body.size() - before;
  using enum ChunkReader::State;
  if (request_.is_chunked && chunks_.state() == broken) {
    refuse({400, "the chunks of the body are no chunks"}, now);
  } else if (request_.is_chunked && chunks_.state() == too_large) {
    refuse({413, "the body is too large"}, now);
  } else if (request_.is_chunked ? chunks_.state() == done
                                 : body.size() == request_.length.value_or(0)) {
    hand_over(now);
  } else {
    return false;
  }
  return true;
}

void Connection::hand_over(Time now) {
  phase_ = Phase::waiting;
  since_ = now;
  held_ = 0;  // it goes with the request
  // What an answer depends on stays here.
  std::string body = std::exchange(request_.body, {});
  Request whole = request_;
  whole.body = std::move(body);
  if (const std::optional<Response> response = handler_.handle(id_, std::move(whole))) {
    say(*response, response->closes || !request_.keeps_alive, now);
  }
}

void Connection::answer(const Response& response, Time now) {
  say(response, response.closes || !request_.keeps_alive, now);
  advance(now);
}

void Connection::give_up(Time now) {
  refuse({503, "the receiver has failed and is ending; send it again later"}, now);
}

void Connection::refuse(const Refusal& refusal, Time now) {
  say(handler_.explain(refusal, request_), true, now);
}

void Connection::say(const Response& response, bool closes, Time now) {
  closes |= is_stopping_;
  out_ = to_bytes(response, request_.method == "HEAD", closes, std::chrono::system_clock::now());
  sent_ = 0;
  said_ = since_ = now;
  phase_ = closes ? Phase::lingering : Phase::head;
  is_fresh_ = false;
  forget_request();
}

void Connection::end_http2(Time now) {
  handler_.met_http2();
  out_ = kGoAway;
  sent_ = 0;
  said_ = since_ = now;
  phase_ = Phase::lingering;
}

void Connection::forget_request() noexcept {
  handler_.release(std::exchange(held_, 0));
  request_ = {};
  if (phase_ == Phase::lingering) in_ = {};
}

void Connection::sent(std::size_t bytes, Time now) {
  sent_ += bytes;
  if (sent_ < out_.size()) return;
  out_.clear();
  sent_ = 0;
  since_ = phase_ == Phase::body ? since_ : now;
  if (!in_.empty()) advance(now);
}

void Connection::stop(Time now) {
  is_stopping_ = true;
  if (phase_ == Phase::head && outgoing().empty()) {
    if (in_.empty()) {
      phase_ = Phase::over;
    } else {
      refuse({503, "the receiver is being stopped"}, now);
    }
  } else if (phase_ == Phase::head) {
    phase_ = Phase::lingering;  // after the answer that is being sent
    in_ = {};
  } else if (phase_ == Phase::body) {
    if (outgoing().empty()) {
      refuse({503, "the receiver is being stopped"}, now);
    } else {
      phase_ = Phase::over;  // it was told to go on, and is told nothing
    }
  }
}

Connection::Time Connection::deadline() const noexcept {
  if (!outgoing().empty()) return said_ + kAnswerTime;
  switch (phase_) {
    case Phase::head:
      return since_ + (is_fresh_ || !in_.empty() ? kHeadTime : kIdleTime);
    case Phase::body:
      return since_ + kBodyTime + std::chrono::seconds(request_.body.size() / kBodyBytesPerSecond);
    case Phase::lingering:
      return since_ + kLingerTime;
    case Phase::waiting:
    case Phase::over:
      break;
  }
  return Time::max();
}

bool Connection::may_give_way(Time now) const noexcept {
  constexpr std::chrono::seconds kUndisturbed{2};
  return phase_ == Phase::body && outgoing().empty() && now - since_ >= kUndisturbed;
}

void Connection::expire(Time now) {
  const bool is_asking = phase_ == Phase::body || (phase_ == Phase::head && !in_.empty());
  if (is_asking && outgoing().empty()) {
    refuse({408, "the request takes too long"}, now);
  } else {
    phase_ = Phase::over;
  }
}

}  // namespace audit::http
