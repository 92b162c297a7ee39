// base/canonical_json.hpp - the one spelling of a JSON value (RFC 8785, JCS), for hashing.
#pragma once

#include <string>

#include "base/json.hpp"

namespace audit::base {

// Appends the canonical form of a value: members by their names in UTF-16 order, no white space,
// numbers as ECMAScript writes the nearest double, strings with no escapes but those that must be.
//   returns   false, and `out` is of no use, if a name occurs twice: there is no one spelling
[[nodiscard]] bool append_canonical_json(std::string& out, const JsonValue& value);

}  // namespace audit::base
