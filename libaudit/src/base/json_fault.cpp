#include "base/json_fault.hpp"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "base/json.hpp"

namespace audit::base {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// RFC 8259, read strictly. Each function stops at the first byte that is wrong, and says false.
class Grammar {
 public:
  explicit Grammar(std::string_view text) : text_(text) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  std::optional<std::size_t> find_fault() {
    if (!value(0)) return at_;
    skip_blanks();
    if (at_ < text_.size()) return at_;
    return std::nullopt;
  }

 private:
  [[nodiscard]] char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void skip_blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) < 4) ++at_;
  }

  bool value(std::size_t depth) {
    skip_blanks();
    switch (next()) {
      case '{':
        return depth < kMaxJsonDepth && object(depth + 1);
      case '[':
        return depth < kMaxJsonDepth && array(depth + 1);
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool word(std::string_view word) {
    return std::all_of(word.begin(), word.end(), [this](char c) { return take(c); });
  }

  bool array(std::size_t depth) {
    ++at_;
    skip_blanks();
    if (take(']')) return true;
    do {
      if (!value(depth)) return false;
      skip_blanks();
    } while (take(','));
    return take(']');
  }

  bool object(std::size_t depth) {
    ++at_;
    skip_blanks();
    if (take('}')) return true;
    std::unordered_set<std::string_view> names;
    do {
      skip_blanks();
      const std::size_t begin = at_;
      if (!string()) return false;
      if (!names.insert(text_.substr(begin, at_ - begin)).second) {
        at_ = begin;
        return false;
      }
      skip_blanks();
      if (!take(':') || !value(depth)) return false;
      skip_blanks();
    } while (take(','));
    return take('}');
  }

  bool string() {
    if (!take('"')) return false;
    while (at_ < text_.size() && static_cast<unsigned char>(text_[at_]) >= 0x20) {
      if (take('"')) return true;
      if (text_[at_] != '\\') {
        ++at_;
      } else if (!escape()) {
        return false;
      }
    }
    return false;
  }

  bool escape() {
    ++at_;
    if (!take('u')) {
      if (at_ == text_.size() || std::string_view("\"\\/bfnrt").find(text_[at_]) > 7) return false;
      ++at_;
      return true;
    }
    for (int i = 0; i < 4; ++i, ++at_) {
      if (!is_hex(next())) return false;
    }
    return true;
  }

  bool digits() {
    if (!is_digit(next())) return false;
    while (is_digit(next())) ++at_;
    return true;
  }

  bool number() {
    (void)take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (next() != 'e' && next() != 'E') return true;
    ++at_;
    if (next() == '+' || next() == '-') ++at_;
    return digits();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::size_t> find_json_fault(std::string_view text) {
  return Grammar(text).find_fault();
}

std::string line_and_column(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t line_begin = before.rfind('\n') + 1;  // 0 where there is none
  const auto columns =
      std::count_if(before.begin() + static_cast<std::ptrdiff_t>(line_begin), before.end(),
                    [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
  return fmt::format("line {}, column {}", lines + 1, columns + 1);
}

}  // namespace audit::base
