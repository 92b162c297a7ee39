// schema/compile.hpp - one JSON Schema as it was written -> what is asked of a payload.
//
// Draft 2020-12, and what of drafts 6 to 2019-09 is spelled otherwise: audit-schemas(5). What is not
// understood is refused, not passed over: a misspelt keyword would let everything pass.
#pragma once

#include <audit/schemas.hpp>

#include <cstddef>
#include <string>

#include "base/json.hpp"
#include "schema/node.hpp"

namespace audit::schema {

// What all schemas of a set together may have.
struct Allowance {
  std::size_t nodes = 10'000;
  std::size_t patterns = 256;
};

//   place     of `value` in the file, as a JSON Pointer
//   allowed   what is left of it
//   throws    SchemaError
[[nodiscard]] Schema compile(const base::JsonValue& value, const std::string& place,
                             Allowance& allowed);

// Appends "/name", escaped as RFC 6901 says.
void append_step(std::string& pointer, std::string_view name);

}  // namespace audit::schema
