#include "ui/json.hpp"

#include <audit/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace audit::cli {

namespace {

struct Character {
  char32_t code;
  std::size_t bytes;
};

// Of at most three bytes; of longer ones, which are shown as they are, the first byte.
//   text   UTF-8, not empty
Character first_character(std::string_view text) {
  const auto byte = [text](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[i]));
  };
  if (byte(0) >= 0xc0 && byte(0) < 0xe0) return {(byte(0) & 0x1f) << 6 | (byte(1) & 0x3f), 2};
  if (byte(0) >= 0xe0 && byte(0) < 0xf0) {
    return {(byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f), 3};
  }
  return {byte(0), 1};
}

// Moves a cursor, ends a line or turns the direction of text, in what shows JSON to people.
bool is_control(const Character& c) {
  if (c.bytes == 1) return c.code < 0x20 || c.code == 0x7f;
  return c.code < 0xa0 || c.code == 0x061c || c.code == 0x200e || c.code == 0x200f ||
         (c.code >= 0x2028 && c.code <= 0x202e) || (c.code >= 0x2066 && c.code <= 0x2069) ||
         c.code == 0xfeff;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  const std::string repaired = is_utf8(text) ? std::string() : escape_controls(text);
  if (!repaired.empty()) text = repaired;
  out += '"';
  while (!text.empty()) {
    const Character c = first_character(text);
    if (c.code == '"' || c.code == '\\') {
      out += '\\';
      out += text.front();
    } else if (is_control(c)) {
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(c.code));
    } else {
      out += text.substr(0, c.bytes);
    }
    text.remove_prefix(c.bytes);
  }
  out += '"';
}

void JsonObject::begin(std::string_view name) {
  if (text_.size() > 1) text_ += ',';
  append_json_string(text_, name);
  text_ += ':';
}

JsonObject& JsonObject::add(std::string_view name, std::string_view text) {
  begin(name);
  append_json_string(text_, text);
  return *this;
}

JsonObject& JsonObject::add(std::string_view name, std::uint64_t number) {
  begin(name);
  text_ += std::to_string(number);
  return *this;
}

JsonObject& JsonObject::add(std::string_view name, bool value) {
  return add_raw(name, value ? "true" : "false");
}

JsonObject& JsonObject::add(std::string_view name, const std::optional<std::uint64_t>& number) {
  return number ? add(name, *number) : add_raw(name, "null");
}

JsonObject& JsonObject::add(std::string_view name, const std::vector<std::string>& texts) {
  std::vector<std::string> items;
  for (const std::string& text : texts) append_json_string(items.emplace_back(), text);
  return add_raw(name, json_array(items));
}

JsonObject& JsonObject::add_raw(std::string_view name, std::string_view json) {
  begin(name);
  text_ += json;
  return *this;
}

std::string json_array(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const std::string& item : items) {
    if (out.size() > 1) out += ',';
    out += item;
  }
  return out + ']';
}

std::string json_array(const std::vector<std::uint64_t>& numbers) {
  return fmt::format("[{}]", fmt::join(numbers, ","));
}

}  // namespace audit::cli
