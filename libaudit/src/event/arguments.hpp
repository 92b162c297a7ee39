// event/arguments.hpp - the digest that stands for the arguments of a call.
//
// Whoever asked, whoever allowed and whoever ran a call write its arguments each in their own way:
// as an object, as text that holds JSON, with other blanks and another order. The field payload_hash
// is the same for all of them if the arguments are.
// Format   audit-events(5), "payload_hash"
#pragma once

#include <audit/digest.hpp>

#include <optional>
#include <string_view>

#include "base/json.hpp"

namespace audit::event {

// SHA-256 of the canonical form (RFC 8785). A string that holds JSON stands for what it holds.
//   returns   nothing for null, where a name occurs twice, and where a number is 2^53 or more: two
//             readers may see two calls
[[nodiscard]] std::optional<Digest> hash_arguments(const base::JsonValue& arguments);

// The same of text: JSON, or else a string. Nothing if it is empty.
[[nodiscard]] std::optional<Digest> hash_arguments(std::string_view text);

}  // namespace audit::event
