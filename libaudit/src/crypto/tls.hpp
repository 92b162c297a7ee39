// crypto/tls.hpp - TLS on sockets that do not block; OpenSSL's libssl, loaded when it is first needed.
//
// TLS 1.2 and later. To a server HTTP/1.1 is the only protocol above it; a client wants proof that it
// speaks with whom it called.
//
// Errors    making a context throws configuration (no libssl), not_found, permission, invalid_argument;
//           a stream that fails is closed, and no more is said
// Threads   one for each stream; it must have SIGPIPE blocked or ignored
// Source    decision 7
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace audit::crypto {

class TlsContext {
 public:
  // Reads a certificate with those that vouch for it, and its key; both PEM, the key not encrypted.
  TlsContext(const std::filesystem::path& certificate, const std::filesystem::path& key);
  // For a client: `authorities` vouch for servers, a file of PEM; empty: those of the system.
  explicit TlsContext(const std::filesystem::path& authorities);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  // True once a client has wanted HTTP/2 and nothing else.
  [[nodiscard]] bool met_http2_only() const noexcept;

  // Whether a client spoke HTTP without TLS.
  [[nodiscard]] bool met_plain_http() const noexcept;

 private:
  friend class TlsStream;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class TlsStream {
 public:
  enum class Status : std::uint8_t {
    done,         // some bytes
    wants_read,   // when more of them can be read from the socket
    wants_write,  // when the socket takes more
    closed,       // properly, or because of an error
  };

  // context   outlives the stream
  // fd        a connected socket; stays the caller's
  TlsStream(const TlsContext& context, int fd);
  // The client's side.
  //   host     must be what the server's certificate is for
  TlsStream(const TlsContext& context, int fd, const std::string& host);
  ~TlsStream();

  // Why it was closed, if that was not proper.
  [[nodiscard]] const std::string& failure() const noexcept;

  // Shakes hands first, where that was not done.
  [[nodiscard]] Status read(char* to, std::size_t room, std::size_t& got);
  [[nodiscard]] Status write(const char* from, std::size_t bytes, std::size_t& sent);

  // Bytes are here that the socket does not have any more.
  [[nodiscard]] bool has_pending() const noexcept;

  // Tells the client that no more comes.
  void close() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace audit::crypto
