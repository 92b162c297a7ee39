// audit/forward.hpp - lines of syslog to a receiver, over a connection that may break.
//
// Place     export -> [forward] -> somebody's log
// Errors    a bad address throws; what happens on the way is a value
// Threads   one thread at a time; it must have SIGPIPE blocked or ignored
//
//   audit::SyslogReceiver receiver("tls://log.example:6514");
//   if (receiver.open() && receiver.send(line) && receiver.settle()) remember(number);
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace audit {

struct SyslogReceiverOptions {
  std::filesystem::path authorities{};      // who vouch for servers, PEM; empty: the system's
  const std::atomic<bool>* stop = nullptr;  // when it turns true every call ends soon, with false
};

class SyslogReceiver {
 public:
  //   address   unix:/PATH (a stream or datagrams), tcp://HOST:PORT, tls://HOST:PORT
  //   throws    invalid_argument (address, authorities), not_found, permission, configuration (no libssl)
  explicit SyslogReceiver(std::string_view address, const SyslogReceiverOptions& options = {});
  SyslogReceiver(SyslogReceiver&&) noexcept;
  SyslogReceiver& operator=(SyslogReceiver&&) noexcept;
  ~SyslogReceiver();

  // Connects, again if need be. False: trouble() says why.
  [[nodiscard]] bool open();

  // Sends one line, with or without its LF, as one message: its length before it (RFC 6587, RFC 5425),
  // or a datagram. False: the connection is gone, and with it maybe what was not settled.
  [[nodiscard]] bool send(std::string_view line);

  // Waits until the receiver's system has acknowledged all that was sent. What its program makes of it
  // nobody says: syslog has no answer.
  [[nodiscard]] bool settle();

  [[nodiscard]] const std::string& trouble() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace audit
