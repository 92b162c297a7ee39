// siem/connection.hpp - a connection to a receiver of lines.
//
// Errors    making an Address throws invalid_argument; what goes wrong on the way is a value: false, and
//           trouble() says why
// Threads   one thread at a time; it must have SIGPIPE blocked or ignored
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "crypto/tls.hpp"

namespace audit::siem {

// unix:/run/log.sock, tcp://host:514, tls://host:6514
struct Address {
  enum class Kind : std::uint8_t { local, tcp, tls } kind = Kind::local;
  std::string host;  // or the path of the socket
  std::string port;
  std::string text;  // as given
};

[[nodiscard]] Address parse_address(std::string_view text);

class Connection {
 public:
  // authorities   vouch for servers of TLS, a file of PEM; empty: those of the system
  // stop          when it turns true, every call ends soon, with false; may be null
  //   throws      what TlsContext throws
  Connection(Address address, const std::filesystem::path& authorities,
             const std::atomic<bool>* stop);

  // Closes what was open, and opens it anew.
  [[nodiscard]] bool open();

  // Sends one message: with its length before it (RFC 6587), or as a datagram where the socket is one
  // of these.
  [[nodiscard]] bool send(std::string_view message);

  // Waits until the other side's system has taken all that was sent, and the connection stands.
  [[nodiscard]] bool settle();

  void close() noexcept;

  [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] bool open_local();
  [[nodiscard]] bool open_remote();
  [[nodiscard]] bool wait_for_connect(int fd);
  [[nodiscard]] bool write(std::string_view bytes);
  [[nodiscard]] bool wait(short events, Clock::time_point deadline);
  [[nodiscard]] bool stands();
  [[nodiscard]] bool fail(std::string why);

  [[nodiscard]] bool is_stopped() const noexcept { return stop_ != nullptr && *stop_; }

  Address address_;
  std::optional<crypto::TlsContext> context_;
  const std::atomic<bool>* stop_;
  base::UniqueFd socket_;
  bool is_datagram_ = false;
  std::unique_ptr<crypto::TlsStream> stream_;
  std::string frame_;
  std::string trouble_;
};

}  // namespace audit::siem
