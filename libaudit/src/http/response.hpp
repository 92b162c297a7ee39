// http/response.hpp - an answer, and its bytes.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace audit::http {

struct Response {
  int status = 200;
  std::string content_type;  // empty: there is no content
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // more of them
  bool closes = false;                                       // the connection, after it
};

// "Not Found".
[[nodiscard]] std::string_view reason_of(int status) noexcept;

// What is sent.
//   is_head   the request was HEAD: the body is left out
//   now       for the header Date
[[nodiscard]] std::string to_bytes(const Response& response, bool is_head, bool closes,
                                   std::chrono::system_clock::time_point now);

}  // namespace audit::http
