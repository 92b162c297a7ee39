// schema/wanted.hpp - what a schema wants, in words; nothing of what it was given.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "schema/node.hpp"

namespace audit::schema {

// "a string or null"
[[nodiscard]] std::string words_for_types(std::uint8_t types);

// "a whole number", as a type of JSON.
[[nodiscard]] std::string_view word_for(base::JsonValue::Kind kind) noexcept;

[[nodiscard]] std::string words_for(const base::JsonNumber& number);

// "at least 2 and at most 4 characters"
[[nodiscard]] std::string words_for(const Count& count, std::string_view of_what);

// The value itself if it is short and plain, else what it is.
[[nodiscard]] std::string words_for(const base::JsonValue& value);

// "one of 'a', 'b', 'c'"
[[nodiscard]] std::string words_for_choices(std::span<const base::JsonValue> choices);

// A text of a schema: in quotation marks, cut to a readable length, with control characters spelt
// out.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace audit::schema
