#include "source/otlp_ranges.hpp"

#include <cstdint>
#include <cstring>
#include <string>

#include "source/otlp_keys.hpp"

namespace audit::source {

namespace {

// Names that matter are shorter, also if every letter is an escape.
constexpr std::size_t kMaxKeyBytes = 6 * 32;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// A name as it is meant, if all of it is ASCII; others are none of ours.
std::string unescaped(std::string_view raw) {
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      out.push_back(raw[i]);
      continue;
    }
    const bool is_ascii = raw.size() - i > 5 && raw[i + 1] == 'u' && raw[i + 2] == '0' &&
                          raw[i + 3] == '0' && hex_digit(raw[i + 4]) >= 0 &&
                          hex_digit(raw[i + 5]) >= 0;
    if (!is_ascii) return {};
    out.push_back(static_cast<char>(hex_digit(raw[i + 4]) * 16 + hex_digit(raw[i + 5])));
    i += 5;
  }
  return out;
}

// Walks over a text that is known to be JSON.
class Scanner {
 public:
  explicit Scanner(std::string_view text)
      : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()) {}

  // What stands next that is no blank; 0 at the end.
  char peek() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
    return at_ == end_ ? '\0' : *at_;
  }

  [[nodiscard]] std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }

  // Calls visit(key) for each member of the object that stands next; visit passes over the value.
  template <class Visit>
  void object(Visit&& visit) {
    ++at_;
    for (char next = peek(); next == '"'; next = peek()) {
      const std::string_view key = string();
      if (peek() == ':') ++at_;
      peek();
      if (key.find('\\') == std::string_view::npos || key.size() > kMaxKeyBytes) {
        visit(key);
      } else {
        visit(std::string_view(unescaped(key)));
      }
      if (peek() != ',') break;
      ++at_;
    }
    if (peek() == '}') ++at_;
  }

  // Calls visit() for each element of the array that stands next; visit passes over it.
  template <class Visit>
  void array(Visit&& visit) {
    ++at_;
    for (char next = peek(); next != ']' && next != '\0'; next = peek()) {
      const char* const before = at_;
      visit();
      if (peek() == ',') ++at_;
      if (at_ == before) return;  // no JSON after all
    }
    if (at_ != end_) ++at_;
  }

  // Passes over the value that stands next.
  void skip() {
    std::size_t depth = 0;
    do {
      const char next = peek();
      if (next == '\0') return;
      if (next == '"') {
        (void)string();
      } else if (next == '{' || next == '[') {
        ++depth;
        ++at_;
      } else if (next == '}' || next == ']') {
        if (depth == 0) return;
        --depth;
        ++at_;
      } else if (next == ',' || next == ':') {
        if (depth == 0) return;
        ++at_;
      } else {
        word();
      }
    } while (depth > 0);
  }

 private:
  // What is between the quotes of the string that stands next.
  std::string_view string() {
    const char* const first = ++at_;
    for (;;) {
      const auto left = static_cast<std::size_t>(end_ - at_);
      const void* quote = std::memchr(at_, '"', left);
      if (quote == nullptr) {
        at_ = end_;
        return {first, static_cast<std::size_t>(end_ - first)};
      }
      at_ = static_cast<const char*>(quote);
      const char* slash = at_;
      while (slash != first && slash[-1] == '\\') --slash;
      const bool escaped = (at_ - slash) % 2 != 0;
      ++at_;
      if (!escaped) return {first, static_cast<std::size_t>(at_ - first - 1)};
    }
  }

  // A number, or true, false, null.
  void word() {
    while (at_ != end_ && std::strchr(",:]} \t\r\n\"[{", *at_) == nullptr) ++at_;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
};

// Follows the frame of a request down to the parts.
class Finder {
 public:
  explicit Finder(std::string_view text) : scanner_(text) {}

  std::vector<OtlpRange> find() {
    if (scanner_.peek() == '{') {
      scanner_.object([this](std::string_view key) {
        list_ = otlp_list(key);
        const bool followed = list_ == OtlpList::span_resources || list_ == OtlpList::log_resources;
        objects(followed, [this] { resources(); });
      });
    }
    return std::move(ranges_);
  }

 private:
  void resources() {
    scanner_.object([this](std::string_view key) {
      objects(is_otlp_scopes(list_, key), [this] { scopes(); });
    });
  }

  void scopes() {
    scanner_.object([this](std::string_view key) {
      objects(is_otlp_parts(list_, key), [this] {
        const std::size_t offset = scanner_.offset();
        scanner_.skip();
        ranges_.push_back({offset, scanner_.offset() - offset});
      });
    });
  }

  // Visits the objects in the array that stands next; passes over anything else.
  template <class Visit>
  void objects(bool followed, Visit&& visit) {
    if (!followed || scanner_.peek() != '[') return scanner_.skip();
    scanner_.array([&] {
      if (scanner_.peek() == '{') {
        visit();
      } else {
        scanner_.skip();
      }
    });
  }

  Scanner scanner_;
  OtlpList list_ = OtlpList::none;
  std::vector<OtlpRange> ranges_;
};

}  // namespace

std::vector<OtlpRange> find_otlp_ranges(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  const std::size_t skipped = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  std::vector<OtlpRange> ranges = Finder(text.substr(skipped)).find();
  for (OtlpRange& range : ranges) range.offset += skipped;
  return ranges;
}

}  // namespace audit::source
