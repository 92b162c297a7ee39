// http/address.hpp - where to listen, and a socket that does.
//
// Errors    throws invalid_argument for a text that names no address; not_found for a name nobody knows;
//           permission, io
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <sys/socket.h>

#include "base/file.hpp"

namespace audit::http {

struct Address {
  std::string host;  // as given, without brackets
  std::uint16_t port = 0;
};

// Reads "host:port", "[v6]:port", "host" or "port".
//   port   for a host alone
[[nodiscard]] Address parse_address(std::string_view text, std::uint16_t port);

// An address that was looked up.
struct Endpoint {
  sockaddr_storage address{};
  socklen_t length = 0;
  std::string place;         // "127.0.0.1:4318", "[::1]:4318"
  bool is_loopback = false;  // nobody but this machine can reach it
};

// Looks `address` up; a name with several addresses means the first of them.
[[nodiscard]] Endpoint look_up(const Address& address);

struct Listening {
  base::UniqueFd socket;  // does not block
  std::string place;      // with the port that was given out
};

[[nodiscard]] Listening listen_at(const Endpoint& endpoint);

}  // namespace audit::http
