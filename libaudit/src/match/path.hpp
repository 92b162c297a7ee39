// match/path.hpp - a test of one value inside a JSON payload.
#pragma once

#include "base/json.hpp"
#include "match/query.hpp"

namespace audit::match {

// True if the document that `reader` parsed last has a value the test accepts.
//   cost   one walk over the document
[[nodiscard]] bool holds(const Path& test, const base::JsonReader& reader);

}  // namespace audit::match
