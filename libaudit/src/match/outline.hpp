// match/outline.hpp - a question as it was understood, in words: for those who wonder at an answer.
#pragma once

#include <string>

#include "match/query.hpp"

namespace audit::match {

// A line for each part, what belongs to another two columns behind it; each ends with a line feed.
// A null pointer is "everything". Texts of the question stand in it as they are: not safe to print.
[[nodiscard]] std::string outline(const Node* root);

}  // namespace audit::match
