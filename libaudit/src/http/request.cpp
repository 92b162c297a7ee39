#include "http/request.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace audit::http {

namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// tchar of RFC 9110.
bool is_token_char(char c) noexcept {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

std::string_view without_blanks(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

// Takes a line and its CRLF from `text`; nothing if there is none.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 2);
  return line;
}

// "/path?query", or the same behind "http://host", as a proxy is asked.
std::optional<std::string_view> path_of(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const std::size_t slash = target.find('/', scheme.size());
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  if (!target.starts_with('/')) return std::nullopt;
  return target.substr(0, target.find('?'));
}

std::optional<Refusal> parse_request_line(std::string_view line, Request& request) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return Refusal{400, "the first line is no request"};
  }
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  const bool has_blank = std::any_of(target.begin(), target.end(),
                                     [](char c) { return is_control(c) || c == ' ' || c == '\t'; });
  if (!is_token(line.substr(0, first)) || has_blank) {
    return Refusal{400, "the first line is no request"};
  }
  if (!version.starts_with("HTTP/")) return Refusal{400, "the first line names no version"};
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return Refusal{505, "only HTTP/1.1 is spoken here"};
  }
  const std::optional<std::string_view> path = path_of(target);
  request.method = line.substr(0, first);
  // OPTIONS * and CONNECT host:port name no path.
  request.path = path.value_or("");
  request.keeps_alive = version == "HTTP/1.1";
  return std::nullopt;
}

std::optional<Refusal> parse_field(std::string_view line, Request& request) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return Refusal{400, "a header field has no proper name"};
  }
  const std::string_view value = without_blanks(line.substr(colon + 1));
  if (std::any_of(value.begin(), value.end(), is_control)) {
    return Refusal{400, "a header field has control characters"};
  }
  if (request.headers.size() == kMaxHeaderFields) return Refusal{431, "too many header fields"};
  HeaderField& field = request.headers.emplace_back();
  field.name.resize(colon);
  std::transform(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon),
                 field.name.begin(), lower);
  field.value = value;
  return std::nullopt;
}

std::size_t count(const Request& request, std::string_view name) {
  return static_cast<std::size_t>(
      std::count_if(request.headers.begin(), request.headers.end(),
                    [&](const HeaderField& field) { return field.name == name; }));
}

// How long the body is: told once, in one way.
std::optional<Refusal> find_length(bool is_http_1_0, Request& request) {
  const std::size_t lengths = count(request, "content-length");
  const std::size_t codings = count(request, "transfer-encoding");
  if (lengths + codings > 1) return Refusal{400, "the length of the body is told more than once"};
  if (codings == 1) {
    if (is_http_1_0) return Refusal{400, "HTTP/1.0 has no Transfer-Encoding"};
    if (!is_same_word(*request.find("transfer-encoding"), "chunked")) {
      return Refusal{501, "Transfer-Encoding may only be chunked"};
    }
    request.is_chunked = true;
  }
  if (lengths == 0) return std::nullopt;
  const std::string& text = *request.find("content-length");
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || text[0] == '-' || error != std::errc() || end != text.data() + text.size()) {
    // A number that does not fit is a number all the same.
    const bool is_number = text.find_first_not_of("0123456789") == std::string::npos;
    return is_number && !text.empty() ? Refusal{413, "the body is too large"}
                                      : Refusal{400, "Content-Length is no number"};
  }
  request.length = length;
  return std::nullopt;
}

void find_connection(Request& request) {
  for (const HeaderField& field : request.headers) {
    if (field.name != "connection") continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (is_same_word(without_blanks(rest.substr(0, comma)), "close")) request.keeps_alive = false;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
}

}  // namespace

bool is_same_word(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

const std::string* Request::find(std::string_view name) const noexcept {
  const std::string* found = nullptr;
  for (const HeaderField& field : headers) {
    if (field.name != name) continue;
    if (found != nullptr) return nullptr;
    found = &field.value;
  }
  return found;
}

std::optional<Refusal> parse_head(std::string_view head, Request& request) {
  request = {};
  if (head.size() > kMaxHeadBytes) return Refusal{431, "the header is too large"};
  const std::optional<std::string_view> first = take_line(head);
  if (!first) return Refusal{400, "the first line has no end"};
  if (auto refusal = parse_request_line(*first, request)) return refusal;
  const bool is_http_1_0 = !request.keeps_alive;
  for (;;) {
    const std::optional<std::string_view> line = take_line(head);
    if (!line) return Refusal{400, "a header field has no end"};
    if (line->empty()) break;
    if (auto refusal = parse_field(*line, request)) return refusal;
  }
  if (!head.empty()) return Refusal{400, "the header has no end"};
  if (!is_http_1_0 && count(request, "host") != 1) return Refusal{400, "there must be one Host"};
  if (auto refusal = find_length(is_http_1_0, request)) return refusal;
  find_connection(request);
  if (const std::string* expected = request.find("expect")) {
    if (!is_same_word(*expected, "100-continue"))
      return Refusal{417, "what is expected is unknown"};
    request.expects_continue = !is_http_1_0;
  }
  return std::nullopt;
}

}  // namespace audit::http
