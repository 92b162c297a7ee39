// ingest/receiver.hpp - the first stage of ingest when events come over HTTP: requests -> records ->
// batches, and answers once a batch is committed.
//
// A request is answered 200 only after all of it is on disk. What comes while a commit is under way
// is gathered for the next one, so that many small requests share one sync.
//
// Owns      the server
// Threads   serve(), draft() and acknowledge() by one each, at the same time; fail() by any
// Errors    the constructor throws: invalid_argument (address, token, TLS), not_found, permission, io,
//           configuration
// Bounds    bodies that wait: kMaxHeldBytes; beyond that, or when nothing was committed for kLagTime
//           though something waits, clients are told to come back later
#pragma once

#include <audit/ingest.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "crypto/tls.hpp"
#include "http/server.hpp"
#include "ingest/delivery.hpp"
#include "ingest/gatherer.hpp"
#include "ingest/routes.hpp"

namespace audit::ingest {

inline constexpr std::size_t kMaxHeldBytes = std::size_t{96} << 20;
inline constexpr std::chrono::seconds kLagTime{3};

class Receiver final : private http::Handler {
 public:
  // options   outlive the receiver; options.listen is set
  // remark    is told what an operator should know; any thread calls it
  Receiver(const IngestOptions& options, Gatherer::Output output,
           std::function<void(std::string_view)> remark);
  ~Receiver() override;

  // "http://127.0.0.1:4318".
  [[nodiscard]] const std::string& url() const noexcept { return server_->url(); }

  // Talks to clients until `stopping` says so and all requests that were taken are answered.
  void serve(const std::function<bool()>& stopping);

  // Makes batches of what arrives; returns when no more comes.
  void draft();

  // A batch is durable: answers those whose last record was in it.
  void acknowledge(const Batch& batch);

  // Nothing will be committed any more: who waits is told to send it again.
  void fail();

 private:
  using Clock = std::chrono::steady_clock;

  // What the server asks.
  [[nodiscard]] std::optional<http::Response> refuse(const http::Request& head) override;
  [[nodiscard]] bool hold(std::size_t bytes) override;
  void release(std::size_t bytes) noexcept override;
  [[nodiscard]] std::optional<http::Response> handle(std::uint64_t id,
                                                     http::Request&& request) override;
  [[nodiscard]] http::Response explain(const http::Refusal& refusal,
                                       const http::Request& request) override;
  void met_http2() override;
  void met_plain_http() override;
  void end() override;

  [[nodiscard]] std::shared_ptr<Delivery> next();
  [[nodiscard]] bool has_next();
  [[nodiscard]] bool is_lagging();
  void count_refusal(int status, std::string_view why);
  void tell_refusals();
  void settle(const Delivery& delivery, http::Response response);

  [[nodiscard]] bool draft_one(const std::shared_ptr<Delivery>& delivery);
  [[nodiscard]] bool draft_document(Delivery& delivery, Line& line, std::string_view text);
  [[nodiscard]] bool draft_lines(const std::shared_ptr<Delivery>& delivery, Line& line,
                                 std::string_view text);
  void draft_request(Delivery& delivery, Line& line, std::string_view text);
  void note(Delivery& delivery, const Line& line, const Gatherer::Taken& taken);

  const IngestOptions& options_;
  std::function<void(std::string_view)> remark_;
  Routes routes_;
  std::unique_ptr<crypto::TlsContext> tls_;
  Gatherer gatherer_;
  std::unique_ptr<http::Server> server_;

  // Of the thread that drafts.
  std::array<std::string, 4> sources_;
  std::array<std::uint64_t, 4> positions_{};
  std::size_t share_begin_ = 0;

  // Of the thread that serves.
  std::uint64_t http2_clients_ = 0;

  std::mutex refusals_mutex_;
  std::map<int, std::uint64_t> refusals_;  // guarded by refusals_mutex_: how many with each status

  std::atomic<std::size_t> held_{0};
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::shared_ptr<Delivery>> waiting_;  // guarded by mutex_, as all below
  bool is_ended_ = false;
  bool has_failed_ = false;
  std::size_t unanswered_ = 0;
  Clock::time_point progress_;  // when something was committed, or began to wait
};

}  // namespace audit::ingest
