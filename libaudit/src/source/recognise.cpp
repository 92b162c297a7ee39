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

constexpr std::string_view kBlanks = " \t\r";

std::string_view trimmed(std::string_view line) {
  const std::size_t first = line.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

// Whether what begins with an open first line goes on as one document: indented, with a name, or
// with an element of a list. Objects one a line begin where the line does.
bool goes_on(std::string_view first, std::string_view rest) {
  rest = rest.substr(0, rest.find('\n'));
  if (trimmed(rest).empty()) return false;
  if (rest[0] == ' ' || rest[0] == '\t') return true;
  if (rest[0] == '"' || rest[0] == '}' || rest[0] == ']') return true;
  return trimmed(first) == "[";
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
  if (trimmed(head.substr(0, head.find('\n'))) == "[") {
    return head.size() < kHeadBytes && head.find_first_not_of(" \t\r\n[") == std::string_view::npos;
  }
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
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  const std::size_t end = head.find('\n');
  if (end == std::string_view::npos || is_complete(head.substr(0, end))) return Shape::lines;
  if (begins_as_otlp_json(head)) return Shape::json;
  std::string_view first = head.substr(0, end);
  if (first.starts_with(kByteOrderMark)) first.remove_prefix(kByteOrderMark.size());
  const bool opens = first.starts_with('{') || first.starts_with('[');
  return opens && goes_on(first, head.substr(end + 1)) ? Shape::json : Shape::lines;
}

}  // namespace audit::source
