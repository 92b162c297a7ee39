#include "http/chunks.hpp"

#include <algorithm>
#include <charconv>

namespace audit::http {

namespace {

// A line with the size of a chunk, or all trailers together.
constexpr std::size_t kMostAround = 8192;

}  // namespace

std::size_t ChunkReader::take(std::string_view in, std::string& body, std::size_t most) {
  std::size_t taken = 0;
  while (taken < in.size() && state_ == State::more) {
    const std::string_view rest = in.substr(taken);
    if (part_ != Part::content) {
      taken += take_line(rest);
      continue;
    }
    if (left_ > most - std::min(most, body.size())) {
      state_ = State::too_large;
      break;
    }
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(left_, rest.size()));
    body.append(rest.substr(0, step));
    taken += step;
    left_ -= step;
    if (left_ == 0) part_ = Part::content_end;
  }
  return taken;
}

// Takes what there is of a line; once it is whole, says what it means.
std::size_t ChunkReader::take_line(std::string_view in) {
  const std::size_t end = in.find('\n');
  const std::size_t length = end == std::string_view::npos ? in.size() : end + 1;
  around_ += length;
  if (around_ > kMostAround) {
    state_ = State::broken;
    return length;
  }
  line_.append(in.substr(0, length));
  if (end == std::string_view::npos) return length;
  if (!line_.ends_with("\r\n")) {
    state_ = State::broken;
    return length;
  }
  line_.resize(line_.size() - 2);
  end_line();
  line_.clear();
  return length;
}

void ChunkReader::end_line() {
  switch (part_) {
    case Part::size_line:
      begin_chunk();
      break;
    case Part::content_end:
      if (!line_.empty()) state_ = State::broken;
      part_ = Part::size_line;
      break;
    case Part::trailer:
      if (line_.empty()) state_ = State::done;
      break;
    case Part::content:
      break;
  }
}

void ChunkReader::begin_chunk() {
  const std::string_view digits = std::string_view(line_).substr(0, line_.find_first_of("; \t"));
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), left_, 16);
  if (digits.empty() || digits[0] == '-' || end != digits.data() + digits.size() ||
      error == std::errc::invalid_argument) {
    state_ = State::broken;
  } else if (error == std::errc::result_out_of_range) {
    state_ = State::too_large;
  } else {
    part_ = left_ == 0 ? Part::trailer : Part::content;
    if (left_ > 0) around_ = 0;
  }
}

}  // namespace audit::http
