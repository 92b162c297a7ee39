// http/chunks.hpp - the body of a request that is sent in chunks (RFC 9112, section 7.1).
//
// Bounds    the caller says how much content there may be; what is around it is bounded here
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace audit::http {

class ChunkReader {
 public:
  enum class State : std::uint8_t { more, done, broken, too_large };

  // Takes bytes of `in`, and appends the content among them to `body`, which may have `most` bytes.
  //   returns   how many were taken: all, unless the body ended or is no good
  [[nodiscard]] std::size_t take(std::string_view in, std::string& body, std::size_t most);

  [[nodiscard]] State state() const noexcept { return state_; }

 private:
  enum class Part : std::uint8_t { size_line, content, content_end, trailer };

  [[nodiscard]] std::size_t take_line(std::string_view in);
  void end_line();
  void begin_chunk();

  State state_ = State::more;
  Part part_ = Part::size_line;
  std::string line_;        // of a size or a trailer, so far
  std::uint64_t left_ = 0;  // of the content of the chunk in hand
  std::size_t around_ = 0;  // bytes since the last content that were none
};

}  // namespace audit::http
