// Any bytes, in pieces of any size: the lines put together are the bytes, and positions are right.
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <unistd.h>

#include "check.hpp"
#include "ingest/lines.hpp"

namespace {

using audit::fuzz::check;
using audit::ingest::Line;
using audit::ingest::LineReader;

// A pipe holds this much without a reader.
constexpr std::size_t kMostBytes = 60'000;

class Collector {
 public:
  void take(const Line& line) {
    check(line.position == text_.size(), "a line stands where it says");
    check(!line.too_large && line.bytes == line.text.size(), "a short line is kept");
    check(line.text.find('\n') == std::string_view::npos, "a line has no LF in it");
    text_.append(line.text);
    if (line.has_end) text_.push_back('\n');
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Writes `count` bytes and reads the lines that are there now.
void feed(int pipe_end, std::string_view piece, LineReader& reader, Collector& collector) {
  check(::write(pipe_end, piece.data(), piece.size()) == static_cast<ssize_t>(piece.size()),
        "the pipe takes all");
  Line line;
  while (reader.next(line, std::chrono::milliseconds(0)) == LineReader::Status::line) {
    collector.take(line);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 || size > kMostBytes) return 0;
  const std::size_t piece = 1 + std::size_t{data[0]} * data[0];
  const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
  std::array<int, 2> ends{};
  check(::pipe(ends.data()) == 0, "a pipe");
  {
    LineReader reader(ends[0], "fuzz");
    Collector collector;
    for (std::size_t at = 0; at < input.size(); at += piece) {
      feed(ends[1], input.substr(at, piece), reader, collector);
    }
    ::close(ends[1]);
    Line line;
    LineReader::Status status = LineReader::Status::nothing;
    while (status != LineReader::Status::end) {
      status = reader.next(line, std::chrono::milliseconds(0));
      if (status == LineReader::Status::line) collector.take(line);
    }
    if (reader.take_rest(line)) collector.take(line);
    check(collector.text() == input, "nothing is lost or added");
    check(reader.position() == input.size(), "the position behind the last line");
  }
  ::close(ends[0]);
  return 0;
}
