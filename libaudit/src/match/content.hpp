// match/content.hpp - which parts of a question can only be answered by who reads content.
#pragma once

#include "match/query.hpp"

namespace audit::match {

// The first part that looks at a payload or at a field that was taken from one; null if none does.
// That there is a payload is not content.
[[nodiscard]] const Node* first_about_content(const Node& node);

}  // namespace audit::match
