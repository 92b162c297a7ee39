#include "schema/wanted.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"

namespace audit::schema {

namespace {

using base::JsonNumber;
using base::JsonValue;

constexpr std::size_t kWidth = 60;  // columns of what is quoted

}  // namespace

std::string shown(std::string_view text) {
  return fmt::format("'{}'", base::truncate_to_width(base::escape_controls(text), kWidth));
}

std::string words_for_types(std::uint8_t types) {
  constexpr std::array<std::pair<std::uint8_t, std::string_view>, 7> kWords{{
      {type::kObject, "an object"},
      {type::kArray, "an array"},
      {type::kString, "a string"},
      {type::kNumber, "a number"},
      {type::kInteger, "a whole number"},
      {type::kBoolean, "a boolean"},
      {type::kNull, "null"},
  }};
  std::string text;
  for (const auto& [type, word] : kWords) {
    const bool is_said = type == type::kInteger && (types & type::kNumber) != 0;
    if ((types & type) == 0 || is_said) continue;
    text += fmt::format("{}{}", text.empty() ? "" : " or ", word);
  }
  return text;
}

std::string_view word_for(JsonValue::Kind kind) noexcept {
  switch (kind) {
    case JsonValue::Kind::null:
      return "null";
    case JsonValue::Kind::boolean:
      return "a boolean";
    case JsonValue::Kind::number:
      return "a number";
    case JsonValue::Kind::string:
      return "a string";
    case JsonValue::Kind::array:
      return "an array";
    case JsonValue::Kind::object:
      break;
  }
  return "an object";
}

std::string words_for(const JsonNumber& number) {
  switch (number.kind) {
    case JsonNumber::Kind::signed_integer:
      return fmt::format("{}", number.i);
    case JsonNumber::Kind::unsigned_integer:
      return fmt::format("{}", number.u);
    case JsonNumber::Kind::real:
      break;
  }
  return fmt::format("{}", number.d);
}

std::string words_for(const Count& count, std::string_view of_what) {
  if (count.least == count.most) return fmt::format("{} {}", count.least, of_what);
  if (count.most == UINT64_MAX) return fmt::format("at least {} {}", count.least, of_what);
  if (count.least == 0) return fmt::format("at most {} {}", count.most, of_what);
  return fmt::format("{} to {} {}", count.least, count.most, of_what);
}

std::string words_for(const JsonValue& value) {
  switch (value.kind()) {
    case JsonValue::Kind::boolean:
      return value.truth() ? "true" : "false";
    case JsonValue::Kind::number:
      return words_for(value.number());
    case JsonValue::Kind::string:
      return shown(value.text());
    default:
      return std::string(word_for(value.kind()));
  }
}

std::string words_for_choices(std::span<const JsonValue> choices) {
  if (choices.empty()) return "nothing";
  std::string text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (text.size() > kWidth)
      return fmt::format("one of {}, and {} more", text, choices.size() - i);
    text += fmt::format("{}{}", text.empty() ? "" : ", ", words_for(choices[i]));
  }
  return choices.size() == 1 ? text : "one of " + text;
}

}  // namespace audit::schema
