#include "redact/json_strings.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/json.hpp"
#include "redact/kinds.hpp"

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

// An attribute of OpenTelemetry, a header of HTTP, a variable of an environment.
bool names_attribute(std::string_view key) { return key == "key" || key == "name"; }

// By where their object begins: names of attributes that stand behind their values.
using LateNames = std::map<std::size_t, std::string>;

struct Frame {
  bool is_array;
  std::size_t begin;
  std::string_view name;  // that its values stand under: of an object, of the member in hand
  std::string_view attribute;
  std::string_view within;
  bool had_wrapper = false;  // a value came that an attribute may be the name of
};

class Walker {
 public:
  Walker(std::string_view text, const std::function<void(const JsonToken&)>& take,
         const LateNames& late)
      : text_(text), take_(take), late_(late) {}

  bool walk() {
    while (at_ < text_.size()) {
      if (!step(text_[at_])) return false;
    }
    return frames_.empty();
  }

  // After walk(): what the next one should know.
  [[nodiscard]] LateNames take_late() { return std::move(found_late_); }

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
    Frame frame{is_array, at_, {}, {}, {}, false};
    if (!frames_.empty()) {
      const std::string_view name = current_name();
      if (is_array) frame.name = name;
      const Frame& above = frames_.back();
      if (above.is_array || is_wrapper(above.name)) frame.attribute = above.attribute;
      frame.within = may_name_secret(name) ? name : above.within;
    }
    if (const auto late = late_.find(at_); late != late_.end()) frame.attribute = late->second;
    frames_.push_back(frame);
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
      take_({JsonToken::What::key, begin, end, {}, {}, frames_.size()});
      frames_.back().name = meant(bytes, 2 * frames_.size());
      frames_.back().had_wrapper |= is_wrapper(frames_.back().name);
      return true;
    }
    if (!frames_.empty() && !frames_.back().is_array && names_attribute(frames_.back().name)) {
      frames_.back().attribute = meant(bytes, 2 * frames_.size() + 1);
      if (frames_.back().had_wrapper) {
        found_late_.emplace(frames_.back().begin, frames_.back().attribute);
      }
    }
    take_({JsonToken::What::string, begin, end, current_name(), within(), frames_.size()});
    return true;
  }

  [[nodiscard]] std::string_view within() const {
    return frames_.empty() ? std::string_view() : frames_.back().within;
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
    take_({JsonToken::What::number, at_, end, current_name(), within(), frames_.size()});
    at_ = end;
    return true;
  }

  std::string_view text_;
  const std::function<void(const JsonToken&)>& take_;
  const LateNames& late_;
  LateNames found_late_;
  std::size_t at_ = 0;
  std::vector<Frame> frames_;
  base::JsonReader json_;
  std::deque<std::string> names_;  // those that were written with escapes
};

}  // namespace

bool for_json_tokens(std::string_view text, const std::function<void(const JsonToken&)>& take) {
  const LateNames none;
  const std::function<void(const JsonToken&)> nobody = [](const JsonToken&) {};
  Walker first(text, nobody, none);
  if (!first.walk()) return false;
  const LateNames late = first.take_late();
  return Walker(text, take, late).walk();
}

}  // namespace audit::redact
