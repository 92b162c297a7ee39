#include "ingest/receiver.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "http/connection.hpp"
#include "ingest/body.hpp"
#include "source/recognise.hpp"

namespace audit::ingest {

namespace {

// What OTLP over HTTP listens at.
constexpr std::uint16_t kOtlpPort = 4318;

// Nobody guesses so many characters.
constexpr std::size_t kLeastToken = 16;
constexpr std::size_t kMostToken = 4096;

constexpr std::string_view kGrpcHint =
    "a client speaks HTTP/2, as gRPC does; set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf in its "
    "environment";

constexpr std::array<std::string_view, 4> kSignalPaths{"/v1/traces", "/v1/logs", "/v1/metrics",
                                                       "/v1/events"};

std::string read_token(const std::filesystem::path& file) {
  if (file.empty()) return {};
  const std::string text = base::read_file(file, kMostToken);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  const std::string token =
      first == std::string::npos ? std::string() : text.substr(first, last + 1 - first);
  const bool is_plain = std::all_of(token.begin(), token.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f;
  });
  if (token.size() < kLeastToken || !is_plain) {
    throw Error(ErrorCode::invalid_argument,
                fmt::format("{} holds no token: want one word of {} characters at least",
                            file.string(), kLeastToken),
                fmt::format("openssl rand -hex 32 > {}", file.string()));
  }
  return token;
}

std::unique_ptr<crypto::TlsContext> open_tls(const ListenOptions& listen) {
  if (listen.tls_certificate.empty() != listen.tls_key.empty()) {
    throw Error(
        ErrorCode::invalid_argument,
        listen.tls_key.empty() ? "a certificate needs its key" : "a key needs its certificate",
        "give both --tls-cert and --tls-key");
  }
  if (listen.tls_certificate.empty()) return nullptr;
  return std::make_unique<crypto::TlsContext>(listen.tls_certificate, listen.tls_key);
}

// Whoever can be reached from elsewhere must be sure of his clients, and they of him.
void check_exposure(const ListenOptions& listen, const http::Endpoint& there) {
  const bool has_tls = !listen.tls_certificate.empty();
  if (there.is_loopback || (has_tls && !listen.token_file.empty())) return;
  const char* const lacking = has_tls                     ? "a token"
                              : listen.token_file.empty() ? "TLS and a token"
                                                          : "TLS";
  throw Error(
      ErrorCode::invalid_argument,
      fmt::format("{} can be reached from other machines: that takes {}", there.place, lacking),
      "add --tls-cert FILE --tls-key FILE --token-file FILE, or listen at 127.0.0.1");
}

std::uint64_t parts_of(const Record& record) {
  if (!record.has_parts()) return 1;
  const ledger::RecordDraft& whole = record.parts->record;
  return whole.parts[whole.count - 1].index + 1;
}

}  // namespace

Receiver::Receiver(const IngestOptions& options, Gatherer::Output output,
                   std::function<void(std::string_view)> remark)
    : options_(options),
      remark_(std::move(remark)),
      routes_(read_token(options.listen->token_file)),
      gatherer_(options, std::move(output)),
      progress_(Clock::now()) {
  const http::Endpoint endpoint =
      http::look_up(http::parse_address(options.listen->address, kOtlpPort));
  check_exposure(*options.listen, endpoint);
  tls_ = open_tls(*options.listen);
  http::Handler& handler = *this;
  server_ = std::make_unique<http::Server>(endpoint, tls_.get(), handler);
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    sources_[i] = server_->url() + std::string(kSignalPaths[i]);
  }
}

Receiver::~Receiver() = default;

void Receiver::serve(const std::function<bool()>& stopping) {
  server_->run(stopping);
  tell_refusals();
}

// --- the thread that serves -------------------------------------------------------------------------

std::optional<http::Response> Receiver::refuse(const http::Request& head) {
  Route route;
  std::optional<http::Response> refusal = routes_.refuse(head, route);
  if (refusal) {
    count_refusal(refusal->status, fmt::format("{} {}", head.method, head.path));
    return refusal;
  }
  if (head.path == kHealthPath) return std::nullopt;
  if (head.length.value_or(0) > http::kMaxBodyBytes) {
    count_refusal(413, fmt::format("{} bytes", *head.length));
    return status_answer(413, fmt::format("a body may have {} bytes", http::kMaxBodyBytes),
                         route.is_protobuf);
  }
  if (is_lagging() ||
      head.length.value_or(0) > kMaxHeldBytes - std::min(held_.load(), kMaxHeldBytes)) {
    count_refusal(429, "the ledger cannot be written as fast as requests come");
    return status_answer(429, "the ledger cannot be written as fast as requests come",
                         route.is_protobuf);
  }
  return std::nullopt;
}

bool Receiver::hold(std::size_t bytes) {
  if (held_.fetch_add(bytes) + bytes <= kMaxHeldBytes) return true;
  held_ -= bytes;
  return false;
}

void Receiver::release(std::size_t bytes) noexcept { held_ -= bytes; }

std::optional<http::Response> Receiver::handle(std::uint64_t id, http::Request&& request) {
  if (request.path == kHealthPath) {
    http::Response health;
    const bool lags = is_lagging();
    release(request.body.size());
    health.status = lags ? 503 : 200;
    health.content_type = "application/json";
    health.body = lags ? R"({"status":"lagging"})" : R"({"status":"ok"})";
    return health;
  }
  Route route;
  if (auto refusal = routes_.refuse(request, route)) {  // as its head was asked: does not happen
    release(request.body.size());
    return refusal;
  }
  auto delivery = std::make_shared<Delivery>();
  delivery->id = id;
  delivery->signal = route.signal;
  delivery->is_protobuf = route.is_protobuf;
  delivery->packing = route.packing;
  delivery->body = std::move(request.body);
  const std::lock_guard lock(mutex_);
  if (has_failed_) {
    release(delivery->body.size());
    return status_answer(503, "the receiver has failed and is ending", route.is_protobuf);
  }
  if (unanswered_++ == 0) progress_ = Clock::now();
  waiting_.push_back(std::move(delivery));
  arrived_.notify_one();
  return std::nullopt;
}

http::Response Receiver::explain(const http::Refusal& refusal, const http::Request& request) {
  count_refusal(refusal.status, refusal.reason);
  return status_answer(refusal.status, refusal.reason, speaks_protobuf(request));
}

void Receiver::met_http2() {
  if (http2_clients_++ == 0) remark_(kGrpcHint);
}

void Receiver::met_plain_http() {
  remark_("a client speaks HTTP without TLS, and was not heard; set https:// in its endpoint");
}

void Receiver::end() {
  const std::lock_guard lock(mutex_);
  is_ended_ = true;
  arrived_.notify_one();
}

bool Receiver::is_lagging() {
  const std::lock_guard lock(mutex_);
  return unanswered_ > 0 && Clock::now() - progress_ > kLagTime;
}

// The first of each kind is told at once, the others in a sum at the end. Any thread.
void Receiver::count_refusal(int status, std::string_view why) {
  {
    const std::lock_guard lock(refusals_mutex_);
    if (refusals_[status]++ > 0) return;
  }
  constexpr std::size_t kMostShown = 200;
  remark_(fmt::format("a request was refused: {} {} ({})", status, http::reason_of(status),
                      base::escape_controls(why.substr(0, kMostShown))));
}

void Receiver::tell_refusals() {
  std::string text;
  const std::lock_guard lock(refusals_mutex_);
  for (const auto& [status, count] : refusals_) {
    text += fmt::format("{}{} x {}", text.empty() ? "" : ", ", count, status);
  }
  if (!text.empty()) remark_(fmt::format("requests refused: {}", text));
}

// --- the thread that drafts -------------------------------------------------------------------------

std::shared_ptr<Delivery> Receiver::next() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [&] { return !waiting_.empty() || is_ended_ || has_failed_; });
  if (waiting_.empty()) return nullptr;
  std::shared_ptr<Delivery> first = std::move(waiting_.front());
  waiting_.pop_front();
  return first;
}

bool Receiver::has_next() {
  const std::lock_guard lock(mutex_);
  return !waiting_.empty();
}

void Receiver::draft() {
  while (const std::shared_ptr<Delivery> delivery = next()) {
    if (!draft_one(delivery)) return;
    if (!has_next() && !gatherer_.emit()) return;
  }
  (void)gatherer_.emit();
}

// False: stop reading.
bool Receiver::draft_one(const std::shared_ptr<Delivery>& delivery) {
  Body body = unpack_body(delivery->body, delivery->packing);
  release(delivery->body.size());
  delivery->body = {};
  if (body.state != Body::State::whole) {
    delivery->drafted.status = body.state == Body::State::damaged ? 400 : 413;
    delivery->drafted.complaint =
        body.state == Body::State::damaged
            ? "the body is not packed as Content-Encoding says, or not all of it is there"
            : fmt::format("the body has more than {} bytes when it is unpacked", kMaxUnpackedBytes);
    count_refusal(delivery->drafted.status, delivery->drafted.complaint);
    settle(*delivery, answer_of(*delivery));
    return true;
  }
  const std::string_view text(body.buffer->bytes.get(), body.size);
  Line line;
  line.buffer = std::move(body.buffer);
  share_begin_ = gatherer_.batch().count;
  line.position = positions_[static_cast<std::size_t>(delivery->signal)];
  positions_[static_cast<std::size_t>(delivery->signal)] += text.size();
  if (delivery->signal == Signal::events) {
    if (!draft_lines(delivery, line, text)) return false;
  } else {
    draft_request(*delivery, line, text);
  }
  if (delivery->drafted.read == 0) {  // blank: there is nothing to wait for
    settle(*delivery, answer_of(*delivery));
    return true;
  }
  gatherer_.batch().shares.push_back({delivery, share_begin_, gatherer_.batch().count, true});
  return !gatherer_.is_full() || gatherer_.emit();
}

// One document over many lines, as it would be in a file. False if the body is lines.
bool Receiver::draft_document(Delivery& delivery, Line& line, std::string_view text) {
  if (source::shape_of(text.substr(0, source::kHeadBytes)) != source::Shape::json) return false;
  line.text = text;
  line.bytes = text.size();
  line.has_end = false;
  if (!gatherer_.is_document(line)) return false;
  const Origin origin{sources_[static_cast<std::size_t>(delivery.signal)], source::Shape::json,
                      false};
  note(delivery, line, gatherer_.take(line, origin, 0));
  return true;
}

bool Receiver::draft_lines(const std::shared_ptr<Delivery>& delivery, Line& line,
                           std::string_view text) {
  if (draft_document(*delivery, line, text)) return true;
  const Origin origin{sources_[static_cast<std::size_t>(delivery->signal)], source::Shape::lines,
                      false};
  gatherer_.begin_sender();
  std::uint64_t number = 0;
  while (!text.empty()) {
    if (gatherer_.is_full()) {
      gatherer_.batch().shares.push_back({delivery, share_begin_, gatherer_.batch().count, false});
      if (!gatherer_.emit()) return false;
      share_begin_ = 0;
    }
    const std::size_t end = text.find('\n');
    line.has_end = end != std::string_view::npos;
    line.text = text.substr(0, end);
    line.bytes = line.text.size();
    const std::size_t taken = line.bytes + (line.has_end ? 1 : 0);
    note(*delivery, line, gatherer_.take(line, origin, ++number));
    line.position += taken;
    text.remove_prefix(taken);
  }
  return true;
}

// A request of OTLP. In JSON on one line it is a line, as it would be in a file.
void Receiver::draft_request(Delivery& delivery, Line& line, std::string_view text) {
  Origin origin{sources_[static_cast<std::size_t>(delivery.signal)], source::Shape::lines, true};
  line.has_end = false;
  if (delivery.is_protobuf) {
    origin.shape = source::Shape::protobuf;
  } else {
    const std::size_t end = text.find('\n');
    if (end != std::string_view::npos && end + 1 < text.size()) {
      origin.shape = source::Shape::json;
    } else if (end != std::string_view::npos) {
      text.remove_suffix(1);
      line.has_end = true;
    }
    if (text == "{}") return;  // a request that brings nothing
  }
  if (text.empty()) return;
  line.text = text;
  line.bytes = text.size();
  note(delivery, line, gatherer_.take(line, origin, 0));
}

// What the client is to be told of a record.
void Receiver::note(Delivery& delivery, const Line& line, const Gatherer::Taken& taken) {
  if (taken.record == nullptr) return;
  ++delivery.drafted.read;
  const Envelope& envelope = taken.record->draft.envelope;
  if (taken.rejected) {
    ++delivery.drafted.rejected;
    delivery.drafted.rejected_parts += parts_of(*taken.record);
    delivery.drafted.complaint = "some of it was flagged, and flagged records are refused here";
  }
  if (delivery.signal == Signal::events || envelope.text(Field::type) != "unparsed") return;
  const bool is_large = envelope.contains(Field::flags, "too-large");
  delivery.drafted.status = is_large ? 413 : 400;
  delivery.drafted.complaint =
      fmt::format("{}; {}",
                  is_large ? fmt::format("a part of it has more than {} bytes", kMaxPayloadBytes)
                           : fmt::format("this is no request of OTLP ({} bytes)", line.bytes),
                  taken.rejected ? "it was refused"
                  : is_large     ? "its length and digest are stored"
                                 : "it is stored as it came, and flagged");
  count_refusal(delivery.drafted.status, delivery.drafted.complaint);
}

// --- the thread that commits ------------------------------------------------------------------------

void Receiver::acknowledge(const Batch& batch) {
  {
    const std::lock_guard lock(mutex_);
    progress_ = Clock::now();
  }
  for (const Share& share : batch.shares) {
    Delivery& delivery = *share.delivery;
    auto& counts = delivery.committed;
    for (std::size_t i = share.first; i < share.last; ++i) {
      const Record& record = batch.records[i];
      const bool conflict = record.outcome.kind == Ledger::Outcome::Kind::conflict;
      if (record.outcome.kind == Ledger::Outcome::Kind::duplicate) {
        ++counts.duplicates;
      } else if (!record.stored) {
        ++counts.rejected;
        counts.rejected_parts += parts_of(record);
      } else {
        ++counts.stored;
        counts.conflicts += conflict;
        counts.flagged += record.flagged || conflict;
        if (!counts.first_seq) counts.first_seq = record.outcome.seq;
        counts.last_seq = record.outcome.seq;
      }
      counts.blocked += record.blocked;
      counts.halted |= !record.passes && !record.blocked;
    }
    if (share.is_all) settle(delivery, answer_of(delivery));
  }
}

void Receiver::settle(const Delivery& delivery, http::Response response) {
  {
    const std::lock_guard lock(mutex_);
    --unanswered_;
  }
  server_->answer(delivery.id, std::move(response));
}

void Receiver::fail() {
  {
    const std::lock_guard lock(mutex_);
    has_failed_ = true;
    for (const auto& delivery : waiting_) release(delivery->body.size());
    waiting_.clear();
    arrived_.notify_one();
  }
  server_->abandon();
}

}  // namespace audit::ingest
