#include "http/address.hpp"

#include <audit/error.hpp>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.hpp"

namespace audit::http {

namespace {

constexpr int kBacklog = 128;

std::optional<std::uint16_t> as_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

[[noreturn]] void refuse(std::string_view text) {
  throw Error(ErrorCode::invalid_argument,
              fmt::format("'{}' is no address to listen at", base::escape_controls(text)),
              "HOST:PORT, for instance 127.0.0.1:4318 or [::1]:4318; port 0 takes a free one");
}

[[noreturn]] void throw_socket_error(std::string_view place, int error) {
  const bool is_denied = error == EACCES || error == EPERM;
  throw Error(is_denied ? ErrorCode::permission : ErrorCode::io,
              fmt::format("cannot listen at {}: {}", place, std::strerror(error)),
              error == EADDRINUSE ? "another receiver runs there; or name another port"
              : is_denied         ? "ports below 1024 are the system's"
                                  : "");
}

bool is_loopback(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
  }
  if (address->sa_family != AF_INET6) return false;
  sockaddr_in6 v6{};
  std::memcpy(&v6, address, sizeof v6);
  return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

std::string place_of(const sockaddr* address, socklen_t length) {
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  if (::getnameinfo(address, length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "an unknown address";
  }
  return address->sa_family == AF_INET6 ? fmt::format("[{}]:{}", host, port)
                                        : fmt::format("{}:{}", host, port);
}

}  // namespace

Address parse_address(std::string_view text, std::uint16_t port) {
  Address address{"127.0.0.1", port};
  if (const auto alone = as_port(text)) {
    address.port = *alone;
    return address;
  }
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) refuse(text);
    address.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    address.host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (!rest.empty()) {
    const auto behind = rest.starts_with(':') ? as_port(rest.substr(1)) : std::nullopt;
    if (!behind) refuse(text);
    address.port = *behind;
  }
  if (address.host.empty()) refuse(text);
  return address;
}

Endpoint look_up(const Address& address) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  // The name that every machine has, and that need not be asked for.
  const std::string host = address.host == "localhost" ? "127.0.0.1" : address.host;
  const int error = ::getaddrinfo(host.c_str(), port.c_str(), &wanted, &found);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  if (error != 0 || found == nullptr) {
    throw Error(ErrorCode::not_found,
                fmt::format("cannot find the address '{}': {}", base::escape_controls(host),
                            ::gai_strerror(error)),
                "the address of a network interface of this machine, for instance 127.0.0.1");
  }
  Endpoint endpoint;
  endpoint.length = found->ai_addrlen;
  std::memcpy(&endpoint.address, found->ai_addr, found->ai_addrlen);
  endpoint.is_loopback = is_loopback(found->ai_addr);
  endpoint.place = place_of(found->ai_addr, found->ai_addrlen);
  return endpoint;
}

Listening listen_at(const Endpoint& endpoint) {
  const auto* const address = reinterpret_cast<const sockaddr*>(&endpoint.address);
  Listening listening;
  listening.socket.reset(
      ::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int fd = listening.socket.value();
  if (fd < 0) throw_socket_error(endpoint.place, errno);
  const int on = 1;
  (void)::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd, address, endpoint.length) != 0 || ::listen(fd, kBacklog) != 0) {
    throw_socket_error(endpoint.place, errno);
  }
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  auto* const name = reinterpret_cast<sockaddr*>(&bound);
  listening.place = ::getsockname(fd, name, &length) == 0 ? place_of(name, length) : endpoint.place;
  return listening;
}

}  // namespace audit::http
