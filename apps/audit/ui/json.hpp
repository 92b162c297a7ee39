// ui/json.hpp - writes the small JSON objects the program prints.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace audit::cli {

// Appends a JSON string. Bytes that are not UTF-8 are spelt out (\xff), so the result always is.
// What moves a cursor or turns the direction of text is escaped (\u202e): the value is the same.
void append_json_string(std::string& out, std::string_view text);

// One object, its members in the order they were added.
class JsonObject {
 public:
  JsonObject& add(std::string_view name, std::string_view text);

  JsonObject& add(std::string_view name, const char* text) {
    return add(name, std::string_view(text));
  }

  JsonObject& add(std::string_view name, std::uint64_t number);
  JsonObject& add(std::string_view name, bool value);
  // null where there is none.
  JsonObject& add(std::string_view name, const std::optional<std::uint64_t>& number);
  JsonObject& add(std::string_view name, const std::vector<std::string>& texts);
  // `json` is JSON already.
  JsonObject& add_raw(std::string_view name, std::string_view json);

  [[nodiscard]] std::string str() const { return text_ + '}'; }

 private:
  void begin(std::string_view name);

  std::string text_ = "{";
};

// "[a,b]" of items that are JSON already.
[[nodiscard]] std::string json_array(const std::vector<std::string>& items);

// "[1,2]"
[[nodiscard]] std::string json_array(const std::vector<std::uint64_t>& numbers);

}  // namespace audit::cli
