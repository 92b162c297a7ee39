// A receiver and its clients in one process: what a sanitizer of threads is to see.
#include <audit/error.hpp>
#include <audit/ingest.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.hpp"
#include "events.hpp"
#include "temp_folder.hpp"
#include "thrown.hpp"

namespace audit {

namespace {

// `ingest --listen` on a thread of its own.
struct Listener {
  test::TempFolder folder;
  std::filesystem::path ledger = folder / "l";
  IngestOptions options;
  IngestHooks hooks;
  std::atomic<bool> stop{false};
  std::atomic<int> port{0};
  IngestReport report;
  std::jthread running;

  Listener() {
    test::make_ledger(ledger);
    options.listen = ListenOptions{"127.0.0.1:0", {}, {}, {}};
    hooks.listening = [this](std::string_view url) {
      port = std::stoi(std::string(url.substr(url.rfind(':') + 1)));
    };
  }

  void start() {
    running = std::jthread([this] { report = ingest_into(ledger, options, hooks, stop); });
    while (port == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  void end() {
    stop = true;
    running.join();
  }

  // Sends bytes on a connection of its own and reads all that comes back.
  [[nodiscard]] std::string say(std::string_view bytes) const {
    const base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port.load()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd.value(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      return {};
    }
    (void)::send(fd.value(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    std::string all;
    char piece[4096];
    for (;;) {
      const ssize_t got = ::recv(fd.value(), piece, sizeof piece, 0);
      if (got <= 0) return all;
      all.append(piece, static_cast<std::size_t>(got));
    }
  }

  [[nodiscard]] std::string post(std::string_view path, std::string_view body) const {
    return say(
        fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    "Connection: close\r\nContent-Length: {}\r\n\r\n{}",
                    path, body.size(), body));
  }
};

std::string span(int number) {
  return fmt::format(
      R"({{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"5b8efff798038103d269b633813fc60c",)"
      R"("spanId":"eee19b7e{:08x}","name":"step","startTimeUnixNano":"1","endTimeUnixNano":"2"}}]}}]}}]}})",
      number);
}

}  // namespace

TEST_CASE("requests of many clients at once are lost, doubled, or answered too early") {
  Listener listener;
  listener.start();
  constexpr int kClients = 6;
  constexpr int kRequests = 15;
  std::atomic<int> answered{0};
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < kClients; ++client) {
      clients.emplace_back([&, client] {
        for (int i = 0; i < kRequests; ++i) {
          const std::string answer =
              i % 3 == 0 ? listener.post("/v1/events", "{\"type\":\"note\"}\n{\"type\":\"note\"}\n")
                         : listener.post("/v1/traces", span(client * kRequests + i));
          answered += answer.starts_with("HTTP/1.1 200 ");
        }
      });
    }
  }
  CHECK(answered == kClients * kRequests);
  listener.end();
  CHECK(listener.report.interrupted);
  CHECK(listener.report.counts.read == kClients * (5 * 2 + 10));
  CHECK(listener.report.counts.stored == listener.report.counts.read);
  CHECK(listener.report.counts.entries == kClients * (5 * 2 + 10 * 2));
}

TEST_CASE("a request that fills several batches is answered after the first") {
  Listener listener;
  listener.options.batch = 10;
  std::string lines;
  for (int i = 0; i < 95; ++i) lines += fmt::format("{{\"type\":\"note\",\"n\":{}}}\n", i);
  listener.start();
  const std::string answer = listener.post("/v1/events", lines);
  CHECK(answer.find("\"read\":95,\"stored\":95,") != std::string::npos);
  CHECK(answer.find("\"first_seq\":1,\"last_seq\":95,") != std::string::npos);
  listener.end();
}

TEST_CASE("a failure while clients wait leaves them waiting") {
  Listener listener;
  listener.hooks.progress = [](const IngestCounts& counts, std::uint64_t) {
    if (counts.stored > 0) throw Error(ErrorCode::io, "the disk is gone");
  };
  std::string message;
  listener.running = std::jthread([&] {
    try {
      (void)ingest_into(listener.ledger, listener.options, listener.hooks, listener.stop);
    } catch (const Error& error) {
      message = error.message();
    }
  });
  while (listener.port == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(listener.post("/v1/traces", span(1)).starts_with("HTTP/1.1 503 "));
  listener.running.join();
  CHECK(message == "the disk is gone");
}

TEST_CASE("who listens reads files, or is reached from elsewhere") {
  Listener listener;
  const auto refused = [&] {
    return test::code_of(
        [&] { (void)ingest_into(listener.ledger, listener.options, {}, listener.stop); });
  };
  listener.options.inputs = {"-"};
  CHECK(refused() == ErrorCode::invalid_argument);
  listener.options.inputs = {};
  listener.options.listen->address = "0.0.0.0:0";
  CHECK(refused() == ErrorCode::invalid_argument);
  listener.options.listen->address = "127.0.0.1:";
  CHECK(refused() == ErrorCode::invalid_argument);
}

}  // namespace audit
