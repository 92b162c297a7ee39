// source/json_scanner.hpp - walks over the text of JSON that was read, for where its values stand.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace audit::source {

// A name as it is meant, if all of it is ASCII and not long; others are none that anybody looks for.
[[nodiscard]] std::string plain_key(std::string_view raw);

// A range of bytes of a record.
struct JsonRange {
  std::size_t offset = 0;
  std::size_t length = 0;
};

//   requires  the text is JSON
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text)
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
      if (key.find('\\') == std::string_view::npos) {
        visit(key);
      } else {
        visit(std::string_view(plain_key(key)));
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

}  // namespace audit::source
