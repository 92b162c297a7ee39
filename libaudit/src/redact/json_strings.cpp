#include "redact/json_strings.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/json.hpp"

namespace audit::redact {

namespace {

constexpr std::size_t kMaxDepth = 1000;

// What stands between an attribute of OpenTelemetry and its value.
bool is_wrapper(std::string_view key) {
  constexpr std::array<std::string_view, 12> kWrappers = {
      "value",      "stringValue", "string_value", "intValue",     "int_value",   "doubleValue",
      "arrayValue", "array_value", "values",       "double_value", "kvlistValue", "kvlist_value"};
  return std::find(kWrappers.begin(), kWrappers.end(), key) != kWrappers.end();
}

struct Frame {
  bool is_array;
  std::string_view name;  // that its values stand under: of an object, of the member in hand
  std::string_view attribute;
};

class Walker {
 public:
  Walker(std::string_view text, const std::function<void(const JsonToken&)>& take)
      : text_(text), take_(take) {}

  bool walk() {
    while (at_ < text_.size()) {
      if (!step(text_[at_])) return false;
    }
    return frames_.empty();
  }

 private:
  bool step(char c) {
    switch (c) {
      case ' ':
      case '\t':
      case '\r':
      case '\n':
      case ',':
      case ':':
        ++at_;
        return true;
      case '{':
      case '[':
        return open(c == '[');
      case '}':
      case ']':
        if (frames_.empty() || frames_.back().is_array != (c == ']')) return false;
        frames_.pop_back();
        ++at_;
        return true;
      case '"':
        return string();
      default:
        return literal() || number();
    }
  }

  bool open(bool is_array) {
    if (frames_.size() == kMaxDepth) return false;
    std::string_view name;
    std::string_view attribute;
    if (!frames_.empty()) {
      if (is_array) name = current_name();
      const Frame& above = frames_.back();
      if (above.is_array || is_wrapper(above.name)) attribute = above.attribute;
    }
    frames_.push_back({is_array, name, attribute});
    ++at_;
    return true;
  }

  [[nodiscard]] std::string_view current_name() const {
    if (frames_.empty()) return {};
    const Frame& frame = frames_.back();
    return !frame.attribute.empty() && is_wrapper(frame.name) ? frame.attribute : frame.name;
  }

  bool string() {
    const std::size_t begin = at_ + 1;
    const std::size_t end = end_of_string(begin);
    if (end == std::string_view::npos) return false;
    at_ = end + 1;
    const std::string_view bytes = text_.substr(begin, end - begin);
    if (is_key()) {
      take_({JsonToken::What::key, begin, end, {}, frames_.size()});
      frames_.back().name = meant(bytes, 2 * frames_.size());
      return true;
    }
    if (!frames_.empty() && !frames_.back().is_array && frames_.back().name == "key") {
      frames_.back().attribute = meant(bytes, 2 * frames_.size() + 1);
    }
    take_({JsonToken::What::string, begin, end, current_name(), frames_.size()});
    return true;
  }

  // A name without its escapes, which is kept at `place` until the next one is.
  std::string_view meant(std::string_view written, std::size_t place) {
    if (written.find('\\') == std::string_view::npos) return written;
    if (json_.parse(fmt::format("[\"{}\"]", written)) != base::JsonStatus::ok) return written;
    while (names_.size() <= place) names_.emplace_back();
    json_.root().for_elements([&](const base::JsonValue& name) { names_[place] = name.text(); });
    return names_[place];
  }

  // The quotation mark that is not escaped: an even number of backslashes stands before it.
  [[nodiscard]] std::size_t end_of_string(std::size_t begin) const {
    for (std::size_t end = text_.find('"', begin); end != std::string_view::npos;
         end = text_.find('"', end + 1)) {
      std::size_t first = end;
      while (first > begin && text_[first - 1] == '\\') --first;
      if ((end - first) % 2 == 0) return end;
    }
    return std::string_view::npos;
  }

  [[nodiscard]] bool is_key() const {
    if (frames_.empty() || frames_.back().is_array) return false;
    const std::size_t next = text_.find_first_not_of(" \t\r\n", at_);
    return next != std::string_view::npos && text_[next] == ':';
  }

  bool literal() {
    for (const std::string_view word : {"true", "false", "null"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return true;
    }
    return false;
  }

  bool number() {
    const std::size_t end = std::min(text_.find_first_not_of("+-.0123456789eE", at_), text_.size());
    if (end == at_) return false;
    take_({JsonToken::What::number, at_, end, current_name(), frames_.size()});
    at_ = end;
    return true;
  }

  std::string_view text_;
  const std::function<void(const JsonToken&)>& take_;
  std::size_t at_ = 0;
  std::vector<Frame> frames_;
  base::JsonReader json_;
  std::deque<std::string> names_;  // those that were written with escapes
};

}  // namespace

bool for_json_tokens(std::string_view text, const std::function<void(const JsonToken&)>& take) {
  return Walker(text, take).walk();
}

}  // namespace audit::redact
