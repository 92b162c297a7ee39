// http/server.hpp - many connections on one thread: sockets, TLS, times, and the answers of others.
//
// Owns      the listening socket and all connections
// Threads   run() by one; answer() and abandon() by any
// Errors    the constructor throws as listen_at() and TlsContext do; what happens on a connection ends
//           that connection, and nothing else
// Bounds    kMaxConnections; when all are taken, the one that has asked for nothing for longest gives way
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "http/address.hpp"
#include "http/handler.hpp"

namespace audit::crypto {
class TlsContext;
}

namespace audit::http {

inline constexpr std::size_t kMaxConnections = 256;

class Server {
 public:
  // Listens from here on; what comes waits for run().
  //   tls       null: plain HTTP. Outlives the server, as `handler` does.
  Server(const Endpoint& endpoint, const crypto::TlsContext* tls, Handler& handler);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // "http://127.0.0.1:4318".
  [[nodiscard]] const std::string& url() const noexcept;

  // Serves until `stopping` says so, which is asked every tenth of a second at least; then takes no
  // more, calls Handler::end(), and returns once all requests that were taken are answered.
  void run(const std::function<bool()>& stopping);

  // Answers a request; nothing happens if its client has gone.
  void answer(std::uint64_t id, Response response);

  // Nobody will answer any more: who waits is told so, and run() ends.
  void abandon();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace audit::http
