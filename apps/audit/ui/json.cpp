#include "ui/json.hpp"

#include <audit/text.hpp>

#include <fmt/format.h>

namespace audit::cli {

void append_json_string(std::string& out, std::string_view text) {
  const std::string repaired = is_utf8(text) ? std::string() : escape_controls(text);
  if (!repaired.empty()) text = repaired;
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
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

}  // namespace audit::cli
