// match/parser.hpp - the text of a question -> its tree.
//
//   any     = all { OR all }
//   all     = one { [ AND ] one }
//   one     = { NOT | - } ( '(' any ')' | word | "phrase" | field:value { , value } )
#pragma once

#include <audit/error.hpp>
#include <audit/time.hpp>

#include <string_view>

#include "match/query.hpp"

namespace audit::match {

// A null pointer if `text` is blank: the question for everything.
[[nodiscard]] Parsed<NodePtr> parse(std::string_view text, Timestamp now);

// field:value where blanks, quotes, parentheses and backslashes in `value` mean themselves.
[[nodiscard]] Parsed<NodePtr> parse_filter(std::string_view field, std::string_view value,
                                           Timestamp now);

}  // namespace audit::match
