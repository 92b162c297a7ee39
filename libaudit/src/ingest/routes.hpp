// ingest/routes.hpp - which requests are taken, from whom, and how they are to be read.
#pragma once

#include <audit/digest.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "base/unpack.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "ingest/delivery.hpp"

namespace audit::ingest {

struct Route {
  Signal signal = Signal::events;
  bool is_protobuf = false;
  base::Packing packing = base::Packing::none;
};

// Where GET asks how the receiver is.
inline constexpr std::string_view kHealthPath = "/healthz";

class Routes {
 public:
  // token   that clients must show; empty: none
  explicit Routes(std::string_view token);

  // What is wrong with a request, by its head; nothing if it is to be read. Sets `route`, unless it
  // asks for kHealthPath.
  [[nodiscard]] std::optional<http::Response> refuse(const http::Request& head, Route& route) const;

 private:
  [[nodiscard]] std::optional<http::Response> refuse_client(const http::Request& head,
                                                            bool is_protobuf) const;

  std::optional<Digest> token_;  // SHA-256 of it: compared in the same time, whatever its length
};

// Whether a client speaks protobuf, and is to be answered in it.
[[nodiscard]] bool speaks_protobuf(const http::Request& head) noexcept;

}  // namespace audit::ingest
