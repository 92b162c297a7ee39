// http/handler.hpp - what a server asks whoever takes its requests.
//
// Threads   all calls come from the thread of Server::run()
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/request.hpp"
#include "http/response.hpp"

namespace audit::http {

class Handler {
 public:
  virtual ~Handler() = default;

  // The head of a request is there: an answer if it is not wanted, and then its body is not read.
  [[nodiscard]] virtual std::optional<Response> refuse(const Request& head) = 0;

  // So many more bytes of a body are to be kept; false if there is no room. What was granted is given
  // back with release(), or goes with the request to handle().
  [[nodiscard]] virtual bool hold(std::size_t bytes) = 0;
  virtual void release(std::size_t bytes) noexcept = 0;

  // A whole request. The answer, or nothing: it then comes through Server::answer(id, ...).
  [[nodiscard]] virtual std::optional<Response> handle(std::uint64_t id, Request&& request) = 0;

  // The answer to what cannot be understood, is too slow, or comes too late.
  //   request   as far as it is known
  [[nodiscard]] virtual Response explain(const Refusal& refusal, const Request& request) = 0;

  // A peer spoke HTTP/2.
  virtual void met_http2() = 0;

  // A peer spoke HTTP where TLS is spoken; told once.
  virtual void met_plain_http() = 0;

  // handle() will not be called any more.
  virtual void end() = 0;
};

}  // namespace audit::http
