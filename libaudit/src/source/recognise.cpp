#include "source/recognise.hpp"

#include <algorithm>

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

// Whether a first line stops where more must follow: {"Records":[
bool breaks_off(std::string_view first) {
  first = trimmed(first);
  return !first.empty() && std::string_view("[{,:").find(first.back()) != std::string_view::npos;
}

// Whether what begins with an open first line goes on as one document.
enum class GoesOn : std::uint8_t { no, yes, not_known_yet };

// It does if the next line is indented, begins with a name, or is what a line that breaks off lacks.
// Objects one a line begin where the line does, and no comma stands between them, though the first
// may have been cut anywhere.
GoesOn goes_on(std::string_view first, std::string_view rest) {
  if (!rest.empty() && std::string_view(" \t\"}]").find(rest[0]) != std::string_view::npos) {
    return trimmed(rest.substr(0, rest.find('\n'))).empty() ? GoesOn::no : GoesOn::yes;
  }
  if (trimmed(first) == "[") return trimmed(rest).empty() ? GoesOn::not_known_yet : GoesOn::yes;
  if (!breaks_off(first)) return GoesOn::no;
  const std::size_t end = rest.find('\n');
  const std::string_view line = trimmed(rest.substr(0, end));
  if (!is_complete(line) || line.ends_with(',')) return GoesOn::yes;
  const std::size_t next = rest.find_first_not_of(" \t\r\n", end);
  if (next == std::string_view::npos) return GoesOn::not_known_yet;
  return std::string_view("]},").find(rest[next]) != std::string_view::npos ? GoesOn::yes
                                                                            : GoesOn::no;
}

// Where the first line begins that is not blank.
std::string_view beginning(std::string_view head) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (head.starts_with(kByteOrderMark)) head.remove_prefix(kByteOrderMark.size());
  head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
  return head;
}

// The same for an input that begins with `head`.
GoesOn goes_on(std::string_view head) {
  head = beginning(head);
  if (!head.starts_with('{') && !head.starts_with('[')) return GoesOn::no;
  const std::size_t end = head.find('\n');
  if (end == std::string_view::npos) {
    return trimmed(head) == "[" ? GoesOn::not_known_yet : GoesOn::no;
  }
  const std::string_view first = head.substr(0, end);
  return is_complete(first) ? GoesOn::no : goes_on(first, head.substr(end + 1));
}

}  // namespace

const ForeignFile* foreign_file(std::string_view head) noexcept {
  struct Magic {
    std::size_t at;
    std::string_view bytes;
    ForeignFile file;
  };

  static constexpr Magic kMagics[] = {
      {0,
       "\x7f"
       "ELF",
       {"a program", "name files of events, or pipe events in"}},
      {0, "PK\x03\x04", {"a zip archive", "unzip -p FILE.zip | audit ingest"}},
      {257, "ustar", {"a tar archive", "tar -xOf FILE.tar | audit ingest"}},
      {0,
       "\xfd"
       "7zXZ",
       {"packed with xz", "xz -dc FILE.xz | audit ingest"}},
      {0, "BZh", {"packed with bzip2", "bzip2 -dc FILE.bz2 | audit ingest"}},
      {0, "7z\xbc\xaf", {"a 7z archive", "7z x -so FILE.7z | audit ingest"}},
      {0, "PAR1", {"a Parquet file", "export it as lines of JSON first"}},
      {0, "%PDF-", {"a PDF document", "name files of events, or pipe events in"}},
      {0, "\x89PNG", {"a picture", "name files of events, or pipe events in"}},
  };
  for (const Magic& magic : kMagics) {
    if (head.size() >= magic.at && head.substr(magic.at).starts_with(magic.bytes))
      return &magic.file;
  }
  return nullptr;
}

bool needs_more(std::string_view head) noexcept {
  constexpr std::size_t kEnoughForMagic = 4;
  constexpr std::size_t kEnoughForFrame = 512;
  constexpr std::string_view kOpening = "{\"resource";
  if (head.empty()) return true;
  if (head[0] == '\x1f' || head[0] == '\x28') return head.size() < kEnoughForMagic;
  if (head[0] == '\x0a') return head.size() < kEnoughForFrame;
  if (goes_on(head) == GoesOn::not_known_yet) return head.size() < kHeadBytes;
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
  head = beginning(head);
  const std::size_t end = head.find('\n');
  if (end == std::string_view::npos || is_complete(head.substr(0, end))) return Shape::lines;
  if (begins_as_otlp_json(head)) return Shape::json;
  return goes_on(head) == GoesOn::yes ? Shape::json : Shape::lines;
}

}  // namespace audit::source
