// Any bytes on a connection: they are understood in the same way however they arrive, room that was
// granted is given back, and nobody waits who has not asked.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "check.hpp"
#include "http/connection.hpp"

namespace {

using audit::fuzz::check;
using audit::http::Connection;
using audit::http::Refusal;
using audit::http::Request;
using audit::http::Response;

class Notes final : public audit::http::Handler {
 public:
  std::vector<std::string> seen;
  std::size_t held = 0;

  std::optional<Response> refuse(const Request& head) override {
    seen.push_back("head " + head.method + " " + head.path);
    if (!head.path.starts_with("/n")) return std::nullopt;
    return Response{404, "", "", {}, false};
  }

  bool hold(std::size_t bytes) override {
    constexpr std::size_t kRoom = 2000;
    if (held + bytes > kRoom) return false;
    held += bytes;
    return true;
  }

  void release(std::size_t bytes) noexcept override {
    check(bytes <= held, "no more is given back than was granted");
    held -= bytes;
  }

  std::optional<Response> handle(std::uint64_t, Request&& request) override {
    check(!request.length || *request.length == request.body.size(), "the body is as long as told");
    release(request.body.size());
    seen.push_back("body " + request.body);
    return Response{};
  }

  Response explain(const Refusal& refusal, const Request&) override {
    check(refusal.status >= 400 && refusal.status < 600, "refusals are errors");
    seen.push_back("refused " + std::to_string(refusal.status));
    return Response{refusal.status, "", "", {}, true};
  }

  void met_http2() override { seen.emplace_back("HTTP/2"); }

  void met_plain_http() override {}

  void end() override {}
};

std::vector<std::string> talk(std::string_view bytes, std::size_t piece) {
  Notes notes;
  {
    const Connection::Time now{};
    Connection connection(notes, 1, now);
    while (!bytes.empty()) {
      check(connection.wants_bytes(), "what is answered is listened to again");
      const std::size_t step = std::min(piece, bytes.size());
      connection.receive(bytes.substr(0, step), now);
      bytes.remove_prefix(step);
      while (!connection.outgoing().empty()) {
        connection.sent(connection.outgoing().size(), now);
      }
      if (connection.has_said_all()) break;
    }
  }
  check(notes.held == 0, "all room is given back");
  return notes.seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> whole = talk(bytes, size + 1);
  check(whole == talk(bytes, 1), "bytes one by one mean the same");
  check(whole == talk(bytes, 13), "bytes in pieces mean the same");
  return 0;
}
