#include "siem/connection.hpp"

#include <audit/error.hpp>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/text.hpp"
#include "event/value.hpp"

namespace audit::siem {

namespace {

constexpr std::chrono::milliseconds kLook{100};    // at the stop flag
constexpr std::chrono::milliseconds kSettling{2};  // between looks at the queue
constexpr std::chrono::seconds kConnect{10};
constexpr std::chrono::seconds kTakes{30};  // nothing is taken for so long: it broke

[[noreturn]] void refuse(std::string_view text) {
  throw Error(ErrorCode::invalid_argument,
              fmt::format("'{}' is no address to send to", base::escape_controls(text)),
              "unix:/PATH, tcp://HOST:PORT or tls://HOST:PORT");
}

std::string error_text(int error) { return std::strerror(error); }

struct FreeList {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

}  // namespace

Address parse_address(std::string_view text) {
  Address address;
  address.text = text;
  if (text.starts_with("unix:")) {
    address.host = text.substr(5);
    if (address.host.empty() || address.host.size() >= sizeof(sockaddr_un::sun_path)) refuse(text);
    return address;
  }
  if (!text.starts_with("tcp://") && !text.starts_with("tls://")) refuse(text);
  address.kind = text.starts_with("tls") ? Address::Kind::tls : Address::Kind::tcp;
  std::string_view rest = text.substr(6);
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) refuse(text);
  address.port = rest.substr(colon + 1);
  rest = rest.substr(0, colon);
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  address.host = rest;
  const bool is_number = !address.port.empty() && address.port.size() <= 5 &&
                         address.port.find_first_not_of("0123456789") == std::string::npos;
  if (address.host.empty() || !is_number || address.host.find('/') != std::string::npos) {
    refuse(text);
  }
  return address;
}

Connection::Connection(Address address, const std::filesystem::path& authorities,
                       const std::atomic<bool>* stop)
    : address_(std::move(address)), stop_(stop) {
  if (address_.kind == Address::Kind::tls) context_.emplace(authorities);
}

bool Connection::fail(std::string why) {
  trouble_ = std::move(why);
  close();
  return false;
}

void Connection::close() noexcept {
  if (stream_) stream_->close();
  stream_.reset();
  socket_.reset();
}

bool Connection::open() {
  close();
  const bool is_open = address_.kind == Address::Kind::local ? open_local() : open_remote();
  if (!is_open || address_.kind != Address::Kind::tls) return is_open;
  stream_ = std::make_unique<crypto::TlsStream>(*context_, socket_.value(), address_.host);
  return write({});  // shakes hands
}

// A stream, or datagrams where the receiver made such a socket, as /dev/log is.
bool Connection::open_local() {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, address_.host.data(), address_.host.size());
  for (const int kind : {SOCK_STREAM, SOCK_DGRAM}) {
    socket_.reset(::socket(AF_UNIX, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket_) return fail(error_text(errno));
    is_datagram_ = kind == SOCK_DGRAM;
    if (::connect(socket_.value(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0) {
      return true;
    }
    if (errno != EPROTOTYPE) break;
  }
  return fail(error_text(errno));
}

bool Connection::open_remote() {
  is_datagram_ = false;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  const int found = ::getaddrinfo(address_.host.c_str(), address_.port.c_str(), &hints, &first);
  if (found != 0) return fail(::gai_strerror(found));
  const std::unique_ptr<addrinfo, FreeList> list(first);
  std::string why = "it has no address";
  for (const addrinfo* at = first; at != nullptr && !is_stopped(); at = at->ai_next) {
    socket_.reset(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket_) continue;
    const bool is_there = ::connect(socket_.value(), at->ai_addr, at->ai_addrlen) == 0 ||
                          (errno == EINPROGRESS && wait_for_connect(socket_.value()));
    if (is_there) return true;
    why = error_text(errno);
  }
  return fail(why);
}

// Else errno says why.
bool Connection::wait_for_connect(int fd) {
  if (!wait(POLLOUT, Clock::now() + kConnect)) {
    errno = ETIMEDOUT;
    return false;
  }
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  errno = error;
  return error == 0;
}

bool Connection::wait(short events, Clock::time_point deadline) {
  while (!is_stopped() && Clock::now() < deadline) {
    pollfd poll{socket_.value(), events, 0};
    if (::poll(&poll, 1, static_cast<int>(kLook.count())) > 0) return true;
  }
  return false;
}

bool Connection::send(std::string_view message) {
  if (!socket_) return fail("it is not open");
  if (is_datagram_) return write(message);
  frame_.clear();
  event::append_integer(frame_, std::uint64_t{message.size()});
  frame_.append(" ").append(message);
  return write(frame_);
}

bool Connection::write(std::string_view bytes) {
  Clock::time_point deadline = Clock::now() + kTakes;
  do {
    std::size_t sent = 0;
    short wanted = 0;
    if (stream_) {
      using Status = crypto::TlsStream::Status;
      const Status status = stream_->write(bytes.data(), bytes.size(), sent);
      if (status == Status::closed) {
        return fail(stream_->failure().empty() ? "it was closed" : stream_->failure());
      }
      wanted = status == Status::wants_read ? POLLIN : status == Status::wants_write ? POLLOUT : 0;
    } else {
      const ssize_t got = ::send(socket_.value(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (got < 0 && errno != EAGAIN && errno != EINTR && errno != ENOBUFS) {
        return fail(error_text(errno));
      }
      sent = got > 0 ? static_cast<std::size_t>(got) : 0;
      wanted = got < 0 ? POLLOUT : 0;
    }
    bytes.remove_prefix(sent);
    if (sent > 0 || wanted == 0) deadline = Clock::now() + kTakes;
    if (wanted != 0 && !wait(wanted, deadline)) {
      return fail(is_stopped() ? "it was interrupted" : "it takes nothing");
    }
    if (wanted != 0 && bytes.empty()) continue;  // shaking hands
    if (bytes.empty()) return true;
  } while (true);
}

// A receiver says nothing: what can be read is its end.
bool Connection::stands() {
  pollfd poll{socket_.value(), POLLIN | POLLRDHUP, 0};
  if (::poll(&poll, 1, 0) < 0) return false;
  if ((poll.revents & (POLLERR | POLLHUP | POLLRDHUP)) != 0) return false;
  if ((poll.revents & POLLIN) == 0) return true;
  char bytes[256];
  if (stream_) {  // tickets of TLS come any time
    std::size_t got = 0;
    return stream_->read(bytes, sizeof bytes, got) != crypto::TlsStream::Status::closed;
  }
  return ::recv(socket_.value(), bytes, sizeof bytes, MSG_DONTWAIT) != 0;
}

bool Connection::settle() {
  if (!socket_) return fail("it is not open");
  int left = 0;
  int before = 0;
  Clock::time_point deadline = Clock::now() + kTakes;
  do {
    if (::ioctl(socket_.value(), SIOCOUTQ, &left) != 0) return fail(error_text(errno));
    if (left != before) deadline = Clock::now() + kTakes;
    before = left;
    if (!stands()) return fail("it was closed");
    if (left == 0) return true;
    pollfd nothing{-1, 0, 0};
    ::poll(&nothing, 1, static_cast<int>(kSettling.count()));
  } while (!is_stopped() && Clock::now() < deadline);
  return fail(is_stopped() ? "it was interrupted" : "it takes nothing");
}

}  // namespace audit::siem
