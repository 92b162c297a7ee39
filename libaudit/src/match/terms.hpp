// match/terms.hpp - the single tests of a question: what one token asks of an entry.
#pragma once

#include <audit/error.hpp>
#include <audit/time.hpp>

#include <string_view>
#include <vector>

#include "match/lexer.hpp"
#include "match/query.hpp"

namespace audit::match {

// A bare word or a quoted phrase.
//   requires  token.kind is word or phrase
[[nodiscard]] Parsed<NodePtr> text_test(const Token& token);

// field:values, where `name` may be any name the query language knows, not just a field's.
//   name_span  where the name stands, for the error that it is unknown
//   now        what spans such as 7d count back from
[[nodiscard]] Parsed<NodePtr> field_test(std::string_view name, Span name_span,
                                         const std::vector<ValueToken>& values, Timestamp now);

}  // namespace audit::match
