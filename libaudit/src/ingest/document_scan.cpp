#include "ingest/document_scan.hpp"

namespace audit::ingest {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_of_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '+' || c == '.';
}

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

std::size_t DocumentScan::take(std::string_view bytes) noexcept {
  std::size_t at = 0;
  if (last_ == Last::nothing && bytes.starts_with(kByteOrderMark)) at = kByteOrderMark.size();
  for (; at < bytes.size() && state_ == State::open; ++at) {
    const char c = bytes[at];
    if (in_string_) {
      take_string(c);
    } else if (is_blank(c)) {
      in_word_ = false;
    } else {
      state_ = take_other(c);
    }
  }
  return at;
}

void DocumentScan::take_string(char c) noexcept {
  if (is_escaped_) {
    is_escaped_ = false;
  } else if (c == '\\') {
    is_escaped_ = true;
  } else if (c == '"') {
    in_string_ = false;
  } else if (static_cast<unsigned char>(c) < 0x20) {
    state_ = State::broken;  // a line that ends within a string
  }
}

DocumentScan::State DocumentScan::take_other(char c) noexcept {
  if (c == '{') return open(Last::brace);
  if (c == '[') return open(Last::bracket);
  if (depth_ == 0) return State::broken;
  if (c == '}' || c == ']') return close();
  if (last_ == Last::brace && c != '"') return State::broken;
  if (is_of_word(c)) {
    if (!in_word_ && last_ == Last::value) return State::broken;
    in_word_ = true;
    last_ = Last::value;
    return State::open;
  }
  const bool follows_value = last_ == Last::value;
  in_word_ = false;
  if (c == '"') {
    in_string_ = true;
    last_ = Last::value;
    return follows_value ? State::broken : State::open;
  }
  if ((c != ',' && c != ':') || !follows_value) return State::broken;
  last_ = c == ',' ? Last::comma : Last::colon;
  return State::open;
}

DocumentScan::State DocumentScan::open(Last with) noexcept {
  if (last_ == Last::value || last_ == Last::brace) return State::broken;
  ++depth_;
  last_ = with;
  return State::open;
}

DocumentScan::State DocumentScan::close() noexcept {
  if (last_ == Last::comma || last_ == Last::colon) return State::broken;
  in_word_ = false;
  last_ = Last::value;
  return --depth_ == 0 ? State::ended : State::open;
}

bool holds_json_line(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
    if (line.starts_with('{')) {
      DocumentScan scan;
      if (scan.take(line) == line.size() && scan.state() == DocumentScan::State::ended) return true;
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return false;
}

}  // namespace audit::ingest
