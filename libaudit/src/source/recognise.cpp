#include "source/recognise.hpp"

#include "event/otlp_wire.hpp"
#include "source/otlp.hpp"

namespace audit::source {

namespace {

// Whether a line that begins an object also ends it.
bool is_complete(std::string_view line) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (in_string) {
      i += c == '\\';
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return depth == 0;
}

}  // namespace

bool needs_more(std::string_view head) noexcept {
  constexpr std::size_t kEnoughForMagic = 4;
  constexpr std::size_t kEnoughForFrame = 512;
  constexpr std::string_view kOpening = "{\"resource";
  if (head.empty()) return true;
  if (head[0] == '\x1f' || head[0] == '\x28') return head.size() < kEnoughForMagic;
  if (head[0] == '\x0a') return head.size() < kEnoughForFrame;
  // A brace alone on the first line may open a request that was written over many.
  std::size_t letters = 0;
  for (const char c : head) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    if (letters == kOpening.size() || c != kOpening[letters]) return false;
    ++letters;
  }
  return letters < kOpening.size() && head.size() < kHeadBytes;
}

Shape shape_of(std::string_view head) noexcept {
  if (event::otlp::may_be_request(head)) return Shape::protobuf;
  if (!begins_as_otlp_json(head)) return Shape::lines;
  const std::size_t end = head.find('\n');
  return end == std::string_view::npos || is_complete(head.substr(0, end)) ? Shape::lines
                                                                           : Shape::json;
}

}  // namespace audit::source
