// match/text_terms.hpp - field:values for fields that hold text, and words of the payload.
#pragma once

#include <audit/error.hpp>
#include <audit/field.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "match/lexer.hpp"
#include "match/query.hpp"

namespace audit::match {

// The words of `text` in a row.
//   star      the last of them may go on
//   literal   see Text
//   span      the place of the term, for the error that it holds no word
[[nodiscard]] Parsed<Text> parse_words(std::string_view text, bool star, std::string literal,
                                       Span span);

// The test of a field of type text, list or hash. Words that readers map when they store are mapped
// here in the same way.
[[nodiscard]] Parsed<Texts> parse_texts(Field field, const std::vector<ValueToken>& values);

}  // namespace audit::match
