// source/json_path.hpp - what stands at a path of names in a document.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "source/json_scanner.hpp"

namespace audit::source {

// The value at "a.b.c"; nothing if a member is missing on the way. An empty path is the value itself.
[[nodiscard]] std::optional<base::JsonValue> value_at(const base::JsonValue& from,
                                                      std::string_view path);

// The text of a string there, else empty.
[[nodiscard]] std::string_view text_at(const base::JsonValue& from, std::string_view path);

// True if there is a true.
[[nodiscard]] bool is_true_at(const base::JsonValue& from, std::string_view path);

// The elements of the array at a path, where they stand in the text; none if there is no array. An
// empty path is the document itself.
//   requires  `text` is JSON without a name that occurs twice, perhaps behind a byte order mark
[[nodiscard]] std::vector<JsonRange> find_elements(std::string_view text, std::string_view path);

}  // namespace audit::source
