// http/request.hpp - a request of HTTP/1.1 (RFC 9112), its head read strictly.
//
// Strict, because whatever stands between a client and us (a proxy) must not read it otherwise: one
// length and no other, no folded lines, no bare LF, no white space before a colon.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace audit::http {

// Bytes of a head, the empty line that ends it included; and the header fields in it.
inline constexpr std::size_t kMaxHeadBytes = std::size_t{16} << 10;
inline constexpr std::size_t kMaxHeaderFields = 100;

struct HeaderField {
  std::string name;  // in lower case
  std::string value;
};

struct Request {
  std::string method;
  std::string path;  // as sent, without the query
  std::vector<HeaderField> headers;
  std::string body;

  std::optional<std::uint64_t> length;  // as Content-Length says
  bool is_chunked = false;
  bool keeps_alive = true;
  bool expects_continue = false;

  // The value of a header field that is there once; null if it is not there, or more than once.
  [[nodiscard]] const std::string* find(std::string_view name) const noexcept;

  [[nodiscard]] bool has_body() const noexcept { return is_chunked || length.value_or(0) > 0; }
};

// Why a request is not taken: a status of HTTP, and a sentence.
struct Refusal {
  int status = 400;
  std::string reason;
};

// Reads a head into `request`.
//   head      with the empty line that ends it
//   returns   what is wrong with it, if something is
[[nodiscard]] std::optional<Refusal> parse_head(std::string_view head, Request& request);

// True if `a` and `b` are the same but for the case of ASCII letters.
[[nodiscard]] bool is_same_word(std::string_view a, std::string_view b) noexcept;

}  // namespace audit::http
