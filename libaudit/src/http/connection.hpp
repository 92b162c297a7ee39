// http/connection.hpp - what is said on one connection, without the socket: bytes in, bytes out, and
// how long each may take.
//
// One request at a time; what a client sends ahead waits for its turn. Time is the caller's, so that
// tests need not wait.
//
// Bounds    kMaxHeadBytes, kMaxBodyBytes, the times below; one read ahead of the request in hand
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/chunks.hpp"
#include "http/handler.hpp"

namespace audit::http {

// A body, as it is sent.
inline constexpr std::size_t kMaxBodyBytes = std::size_t{64} << 20;

// All of a head.
inline constexpr std::chrono::seconds kHeadTime{10};
// All of a body, and so much longer for what came of it.
inline constexpr std::chrono::seconds kBodyTime{30};
inline constexpr std::size_t kBodyBytesPerSecond = std::size_t{32} << 10;
// Between two requests.
inline constexpr std::chrono::seconds kIdleTime{75};
// For a client to take an answer.
inline constexpr std::chrono::seconds kAnswerTime{10};
// For a client to notice an answer that it did not wait for.
inline constexpr std::chrono::seconds kLingerTime{3};

class Connection {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // handler   outlives the connection
  Connection(Handler& handler, std::uint64_t id, Time now);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // There will be no answer.
  //   requires  is_waiting()
  void give_up(Time now);

  // Bytes of the client.
  //   requires  wants_bytes()
  void receive(std::string_view bytes, Time now);

  // The answer to the request that handle() took.
  //   requires  is_waiting()
  void answer(const Response& response, Time now);

  // What is to be sent next, and that so much of it was.
  [[nodiscard]] std::string_view outgoing() const noexcept {
    return std::string_view(out_).substr(sent_);
  }

  void sent(std::size_t bytes, Time now);

  // No more requests are taken: one that is not whole yet is refused.
  void stop(Time now);

  // When the client's patience with us, or ours with it, ends; Time::max() while we work.
  [[nodiscard]] Time deadline() const noexcept;

  // The deadline has passed.
  void expire(Time now);

  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }

  [[nodiscard]] bool wants_bytes() const noexcept {
    return phase_ != Phase::waiting && phase_ != Phase::over && outgoing().empty();
  }

  // A request is being worked on.
  [[nodiscard]] bool is_waiting() const noexcept { return phase_ == Phase::waiting; }

  // Nothing was asked yet, or nothing since the last answer: it may be closed for another.
  [[nodiscard]] bool may_be_dropped() const noexcept {
    return phase_ == Phase::head && outgoing().empty();
  }

  // A body is slow in coming: where nobody is idle it may be closed for another, the one whose
  // deadline comes first.
  [[nodiscard]] bool may_give_way(Time now) const noexcept;

  [[nodiscard]] Time since() const noexcept { return since_; }

  // The last answer is sent: nothing more will be written.
  [[nodiscard]] bool has_said_all() const noexcept {
    return phase_ == Phase::lingering && outgoing().empty();
  }

  [[nodiscard]] bool is_over() const noexcept { return phase_ == Phase::over; }

 private:
  enum class Phase : std::uint8_t {
    head,  // of the next request
    body,
    waiting,    // for the handler
    lingering,  // what comes now is thrown away
    over,
  };

  void advance(Time now);
  [[nodiscard]] bool take_head(Time now);
  [[nodiscard]] bool take_body(Time now);
  void hand_over(Time now);
  void refuse(const Refusal& refusal, Time now);
  void say(const Response& response, bool closes, Time now);
  void end_http2(Time now);
  void forget_request() noexcept;

  Handler& handler_;
  std::uint64_t id_;
  Phase phase_ = Phase::head;
  Time since_;            // of the phase
  bool is_fresh_ = true;  // no request was answered yet
  bool is_stopping_ = false;
  std::string in_;            // not yet taken
  std::size_t searched_ = 0;  // of in_, for the end of the head
  Request request_;
  ChunkReader chunks_;
  std::size_t held_ = 0;  // of the handler's room
  std::string out_;
  std::size_t sent_ = 0;
  Time said_;  // when out_ began to wait
};

}  // namespace audit::http
