#include "ingest/routes.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/sha256.hpp"

namespace audit::ingest {

namespace {

constexpr std::array<std::pair<std::string_view, Signal>, 4> kPaths{{
    {"/v1/traces", Signal::traces},
    {"/v1/logs", Signal::logs},
    {"/v1/metrics", Signal::metrics},
    {"/v1/events", Signal::events},
}};

constexpr std::array<std::string_view, 5> kLineTypes{"application/x-ndjson", "application/ndjson",
                                                     "application/jsonl", "application/x-jsonlines",
                                                     "application/json"};

// "application/json; charset=utf-8" without what stands behind the type.
std::string_view media_type(const http::Request& head) noexcept {
  const std::string* const field = head.find("content-type");
  if (field == nullptr) return {};
  const std::string_view type = std::string_view(*field).substr(0, field->find(';'));
  return type.substr(0, type.find_last_not_of(" \t") + 1);
}

std::optional<base::Packing> packing_of(const http::Request& head) {
  const std::string* const coding = head.find("content-encoding");
  if (coding == nullptr) {
    const bool is_there =
        std::any_of(head.headers.begin(), head.headers.end(),
                    [](const http::HeaderField& f) { return f.name == "content-encoding"; });
    return is_there ? std::nullopt : std::optional(base::Packing::none);
  }
  if (coding->empty() || http::is_same_word(*coding, "identity")) return base::Packing::none;
  if (http::is_same_word(*coding, "gzip") || http::is_same_word(*coding, "x-gzip")) {
    return base::Packing::gzip;
  }
  if (http::is_same_word(*coding, "zstd")) return base::Packing::zstd;
  return std::nullopt;
}

// Both are looked at to the end.
bool is_same_digest(const Digest& a, const Digest& b) noexcept {
  unsigned difference = 0;
  for (std::size_t i = 0; i < Digest::kSize; ++i) {
    difference |= static_cast<unsigned>(a.bytes[i] ^ b.bytes[i]);
  }
  return difference == 0;
}

http::Response wrong_method(std::string_view allowed, bool is_protobuf) {
  http::Response response = status_answer(
      405, "only " + std::string(allowed) + " is understood at this path", is_protobuf);
  response.headers.emplace_back("Allow", allowed);
  return response;
}

http::Response wrong_type(bool is_lines, bool is_protobuf) {
  return status_answer(415,
                       is_lines ? "Content-Type must be application/x-ndjson or application/json"
                                : "Content-Type must be application/x-protobuf or application/json",
                       is_protobuf);
}

}  // namespace

bool speaks_protobuf(const http::Request& head) noexcept {
  const std::string_view type = media_type(head);
  return http::is_same_word(type, "application/x-protobuf") ||
         http::is_same_word(type, "application/protobuf");
}

Routes::Routes(std::string_view token) {
  if (!token.empty()) token_ = crypto::sha256(token);
}

std::optional<http::Response> Routes::refuse_client(const http::Request& head,
                                                    bool is_protobuf) const {
  if (!token_) {
    // Without a token, any page that a browser shows on this machine could send events.
    const bool is_browser =
        std::any_of(head.headers.begin(), head.headers.end(),
                    [](const http::HeaderField& field) { return field.name == "origin"; });
    if (is_browser) {
      return status_answer(403, "requests of browsers are taken only with a token", is_protobuf);
    }
    return std::nullopt;
  }
  constexpr std::string_view kScheme("Bearer ");
  const std::string* const field = head.find("authorization");
  const std::string_view shown = field != nullptr ? std::string_view(*field) : std::string_view();
  const bool has_scheme = http::is_same_word(shown.substr(0, kScheme.size()), kScheme);
  if (has_scheme) {
    std::string_view token = shown.substr(kScheme.size());
    token.remove_prefix(std::min(token.find_first_not_of(' '), token.size()));
    if (is_same_digest(crypto::sha256(token), *token_)) return std::nullopt;
  }
  http::Response response = status_answer(
      401, has_scheme ? "the token is wrong" : "there is no token (Authorization: Bearer TOKEN)",
      is_protobuf);
  response.headers.emplace_back("WWW-Authenticate",
                                has_scheme ? "Bearer error=\"invalid_token\"" : "Bearer");
  return response;
}

std::optional<http::Response> Routes::refuse(const http::Request& head, Route& route) const {
  const bool is_protobuf = speaks_protobuf(head);
  if (head.path == kHealthPath) {
    if (head.method != "GET" && head.method != "HEAD")
      return wrong_method("GET, HEAD", is_protobuf);
    return std::nullopt;
  }
  if (auto refusal = refuse_client(head, is_protobuf)) return refusal;
  const auto path = std::find_if(kPaths.begin(), kPaths.end(),
                                 [&](const auto& row) { return row.first == head.path; });
  if (path == kPaths.end()) {
    return status_answer(
        404, "there is nothing here; /v1/traces, /v1/logs, /v1/metrics and /v1/events take events",
        is_protobuf);
  }
  if (head.method != "POST") return wrong_method("POST", is_protobuf);
  if (!head.length && !head.is_chunked) {
    return status_answer(411, "the length of the body must be told", is_protobuf);
  }
  route.signal = path->second;
  route.is_protobuf = is_protobuf;
  const bool is_lines = route.signal == Signal::events;
  const std::string_view type = media_type(head);
  const bool is_known =
      is_lines
          ? std::any_of(kLineTypes.begin(), kLineTypes.end(),
                        [&](std::string_view known) { return http::is_same_word(type, known); })
          : is_protobuf || http::is_same_word(type, "application/json");
  if (!is_known) return wrong_type(is_lines, is_protobuf);
  const std::optional<base::Packing> packing = packing_of(head);
  if (!packing) {
    http::Response response =
        status_answer(415, "Content-Encoding may be gzip or zstd", is_protobuf);
    response.headers.emplace_back("Accept-Encoding", "gzip, zstd");
    return response;
  }
  route.packing = *packing;
  return std::nullopt;
}

}  // namespace audit::ingest
