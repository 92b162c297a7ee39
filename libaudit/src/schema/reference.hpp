// schema/reference.hpp - where a $ref leads to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace audit::schema {

// Where a reference leads within the schema, as a JSON Pointer in its one spelling: "#/a%25b" is
// "/a%b". Nothing if it leads anywhere else: nothing is ever fetched.
[[nodiscard]] std::optional<std::string> local_pointer(std::string_view reference);

// The value at a pointer; nothing if there is none.
[[nodiscard]] std::optional<base::JsonValue> value_at(const base::JsonValue& root,
                                                      std::string_view pointer);

}  // namespace audit::schema
