#include "http/server.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/tls.hpp"
#include "http/connection.hpp"

namespace audit::http {

namespace {

using Clock = std::chrono::steady_clock;
using Time = Connection::Time;

constexpr std::size_t kPieceBytes = std::size_t{64} << 10;
// Of one connection before the others have their turn.
constexpr int kPiecesPerTurn = 4;
// How soon a stop, or room for a new connection, is noticed.
constexpr std::chrono::milliseconds kLookAround{100};

// A client that is gone must end its connection, not the program.
void block_sigpipe() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGPIPE);
  (void)::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

// A connection and its socket.
class Peer {
 public:
  Peer(base::UniqueFd fd, const crypto::TlsContext* tls, Handler& handler, std::uint64_t id,
       Time now)
      : fd_(std::move(fd)), connection_(handler, id, now) {
    if (tls != nullptr) tls_ = std::make_unique<crypto::TlsStream>(*tls, fd_.value());
  }

  [[nodiscard]] Connection& connection() noexcept { return connection_; }

  [[nodiscard]] bool is_over() const noexcept { return is_gone_ || connection_.is_over(); }

  [[nodiscard]] pollfd interest() const noexcept {
    pollfd poll{fd_.value(), 0, 0};
    if (connection_.wants_bytes()) poll.events = static_cast<short>(poll.events | POLLIN);
    if (!connection_.outgoing().empty()) poll.events = static_cast<short>(poll.events | POLLOUT);
    if (tls_wants_ != 0) poll.events = tls_wants_;
    return poll;
  }

  // Bytes that no poll tells of.
  [[nodiscard]] bool has_pending() const noexcept {
    return tls_ && connection_.wants_bytes() && tls_->has_pending();
  }

  // Moves what can be moved.
  void work(short events, std::string& piece, Time now) {
    // Without interest in bytes, the only news is that the client is gone.
    if ((events & (POLLERR | POLLNVAL)) != 0 ||
        ((events & POLLHUP) != 0 && !connection_.wants_bytes())) {
      is_gone_ = true;
      return;
    }
    for (int turn = 0; turn < kPiecesPerTurn && !is_over(); ++turn) {
      if (!connection_.outgoing().empty()) {
        if (!write(now)) break;
      } else if (!connection_.wants_bytes() || !read(piece, now)) {
        break;
      }
    }
    if (connection_.has_said_all() && !std::exchange(is_shut_, true)) {
      if (tls_) tls_->close();
      (void)::shutdown(fd_.value(), SHUT_WR);
    }
  }

 private:
  // Both: false if nothing can be moved now.
  bool read(std::string& piece, Time now) {
    std::size_t got = 0;
    if (!took(tls_ ? tls_->read(piece.data(), piece.size(), got) : receive(piece, got))) {
      return false;
    }
    connection_.receive(std::string_view(piece).substr(0, got), now);
    return true;
  }

  bool write(Time now) {
    const std::string_view bytes = connection_.outgoing();
    std::size_t sent = 0;
    if (!took(tls_ ? tls_->write(bytes.data(), bytes.size(), sent) : send(bytes, sent))) {
      return false;
    }
    connection_.sent(sent, now);
    return true;
  }

  using Status = crypto::TlsStream::Status;

  bool took(Status status) {
    tls_wants_ = 0;
    if (status == Status::done) return true;
    is_gone_ = status == Status::closed;
    if (tls_ && status == Status::wants_read) tls_wants_ = POLLIN;
    if (tls_ && status == Status::wants_write) tls_wants_ = POLLOUT;
    return false;
  }

  Status receive(std::string& piece, std::size_t& got) {
    const ssize_t count = ::recv(fd_.value(), piece.data(), piece.size(), 0);
    if (count > 0) got = static_cast<std::size_t>(count);
    return count > 0 ? Status::done : count == 0 ? Status::closed : failed(Status::wants_read);
  }

  Status send(std::string_view bytes, std::size_t& sent) {
    const ssize_t count = ::send(fd_.value(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count > 0) sent = static_cast<std::size_t>(count);
    return count > 0 ? Status::done : failed(Status::wants_write);
  }

  static Status failed(Status wants) {
    return errno == EAGAIN || errno == EINTR ? wants : Status::closed;
  }

  base::UniqueFd fd_;
  std::unique_ptr<crypto::TlsStream> tls_;
  Connection connection_;
  short tls_wants_ = 0;
  bool is_gone_ = false;
  bool is_shut_ = false;
};

}  // namespace

struct Server::Impl {
  Impl(const Endpoint& endpoint, const crypto::TlsContext* context, Handler& requests)
      : handler(requests),
        tls(context),
        listening(listen_at(endpoint)),
        wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        piece(kPieceBytes, '\0') {
    if (!wake) throw Error(ErrorCode::io, "cannot make an eventfd");
    url = (tls != nullptr ? "https://" : "http://") + listening.place;
  }

  void ring() const {
    const std::uint64_t one = 1;
    (void)!::write(wake.value(), &one, sizeof one);
  }

  void wait() {
    polls.clear();
    polls.push_back({wake.value(), POLLIN, 0});
    const bool accepts = static_cast<bool>(listening.socket) && !is_short_of_files;
    polls.push_back({accepts ? listening.socket.value() : -1, POLLIN, 0});
    is_short_of_files = false;
    const Time now = Clock::now();
    auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(kLookAround);
    for (const auto& peer : peers) {
      polls.push_back(peer->interest());
      const Time deadline = peer->connection().deadline();
      if (peer->has_pending()) patience = std::chrono::milliseconds(0);
      if (deadline < now + patience) {
        patience = std::chrono::ceil<std::chrono::milliseconds>(std::max(deadline, now) - now);
      }
    }
    (void)::poll(polls.data(), polls.size(), static_cast<int>(patience.count()));
  }

  void take_answers() {
    std::uint64_t count = 0;
    (void)!::read(wake.value(), &count, sizeof count);
    std::vector<std::pair<std::uint64_t, Response>> taken;
    {
      const std::lock_guard lock(mutex);
      taken.swap(answers);
    }
    const Time now = Clock::now();
    for (const auto& [id, response] : taken) {
      const auto found = std::find_if(peers.begin(), peers.end(), [id = id](const auto& peer) {
        return peer->connection().id() == id;
      });
      if (found == peers.end() || !(*found)->connection().is_waiting()) continue;
      (*found)->connection().answer(response, now);
      (*found)->work(0, piece, now);
    }
  }

  void work() {
    const Time now = Clock::now();
    for (std::size_t i = 0; i < peers.size(); ++i) {
      Peer& peer = *peers[i];
      const short events = polls[i + 2].revents;
      if (events != 0 || peer.has_pending()) peer.work(events, piece, now);
      if (!peer.is_over() && peer.connection().deadline() <= now) {
        peer.connection().expire(now);
        peer.work(0, piece, now);
      }
    }
    std::erase_if(peers, [](const auto& peer) { return peer->is_over(); });
  }

  // After work(): what is accepted has no place among `polls` yet.
  void accept_some() {
    if (!listening.socket || (polls[1].revents & POLLIN) == 0) return;
    for (std::size_t i = 0; i < kMaxConnections; ++i) {
      base::UniqueFd fd(
          ::accept4(listening.socket.value(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!fd) {
        is_short_of_files = errno == EMFILE || errno == ENFILE;
        return;
      }
      if (peers.size() >= kMaxConnections && !make_room()) return;  // closed at once
      const Time now = Clock::now();
      peers.push_back(std::make_unique<Peer>(std::move(fd), tls, handler, ++last_id, now));
      peers.back()->work(0, piece, now);
    }
  }

  // Drops the connection that has asked for nothing for longest or, where all ask, the one that is
  // slowest to say what; false if all are at work.
  bool make_room() {
    const Time now = Clock::now();
    const auto least = [this](auto&& counts, auto&& time_of) {
      auto found = peers.end();
      for (auto peer = peers.begin(); peer != peers.end(); ++peer) {
        const Connection& connection = (*peer)->connection();
        if (!counts(connection)) continue;
        if (found == peers.end() || time_of(connection) < time_of((*found)->connection())) {
          found = peer;
        }
      }
      return found;
    };
    auto one = least([](const Connection& c) { return c.may_be_dropped(); },
                     [](const Connection& c) { return c.since(); });
    if (one == peers.end()) {
      one = least([now](const Connection& c) { return c.may_give_way(now); },
                  [](const Connection& c) { return c.deadline(); });
    }
    if (one == peers.end()) return false;
    peers.erase(one);
    return true;
  }

  void stop() {
    listening.socket.reset();
    const Time now = Clock::now();
    for (const auto& peer : peers) {
      peer->connection().stop(now);
      if (!peer->is_over()) peer->work(0, piece, now);
    }
    std::erase_if(peers, [](const auto& peer) { return peer->is_over(); });
    handler.end();
  }

  void tell_all_that_wait() {
    const Time now = Clock::now();
    for (const auto& peer : peers) {
      if (!peer->connection().is_waiting()) continue;
      peer->connection().give_up(now);
      peer->work(0, piece, now);
    }
  }

  Handler& handler;
  const crypto::TlsContext* tls;
  Listening listening;
  base::UniqueFd wake;
  std::string url;
  std::string piece;
  std::vector<std::unique_ptr<Peer>> peers;
  std::vector<pollfd> polls;
  std::uint64_t last_id = 0;
  bool is_short_of_files = false;
  bool has_told_tls = false;
  bool has_told_plain_http = false;
  std::atomic<bool> is_abandoned{false};
  std::mutex mutex;
  std::vector<std::pair<std::uint64_t, Response>> answers;  // guarded by mutex
};

Server::Server(const Endpoint& endpoint, const crypto::TlsContext* tls, Handler& handler)
    : impl_(std::make_unique<Impl>(endpoint, tls, handler)) {}

Server::~Server() = default;

const std::string& Server::url() const noexcept { return impl_->url; }

void Server::run(const std::function<bool()>& stopping) {
  block_sigpipe();
  bool is_stopping = false;
  while (!is_stopping || !impl_->peers.empty()) {
    impl_->wait();
    // Asked before the answers are taken: what was answered before is not told that nobody will.
    const bool is_abandoned = impl_->is_abandoned.exchange(false);
    impl_->take_answers();
    impl_->work();
    impl_->accept_some();
    if (impl_->tls != nullptr && impl_->tls->met_http2_only() && !impl_->has_told_tls) {
      impl_->has_told_tls = true;
      impl_->handler.met_http2();
    }
    if (impl_->tls != nullptr && impl_->tls->met_plain_http() && !impl_->has_told_plain_http) {
      impl_->has_told_plain_http = true;
      impl_->handler.met_plain_http();
    }
    if (is_abandoned) impl_->tell_all_that_wait();
    if (!is_stopping && stopping()) {
      is_stopping = true;
      impl_->stop();
    }
  }
}

void Server::answer(std::uint64_t id, Response response) {
  const std::lock_guard lock(impl_->mutex);
  impl_->answers.emplace_back(id, std::move(response));
  impl_->ring();
}

void Server::abandon() {
  impl_->is_abandoned = true;
  impl_->ring();
}

}  // namespace audit::http
