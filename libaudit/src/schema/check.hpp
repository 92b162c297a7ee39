// schema/check.hpp - whether a payload fits a schema.
//
// Bounds    the work grows with the payload's length, whatever the schema says; what takes more does
//           not fit. The depth of the stack is bounded.
// Threads   any number may check by one schema
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "schema/node.hpp"

namespace audit::schema {

// A reason has no more bytes than this.
inline constexpr std::size_t kMaxReasonBytes = 240;

// Why a payload does not fit: where, and what was wanted there. Made of the schema's words alone, on
// one line, without characters that cannot be seen. Nothing: it fits.
//   json   reads the payload
[[nodiscard]] std::optional<std::string> find_misfit(const Schema& schema, std::string_view payload,
                                                     base::JsonReader& json);

}  // namespace audit::schema
