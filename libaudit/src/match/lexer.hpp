// match/lexer.hpp - a question cut into tokens, each with its place in the text.
//
// Escapes: a backslash takes the special meaning from the character after it, where that has one
// (white space and : , ( ) " * \ - < >); before anything else it is a backslash.
#pragma once

#include <audit/error.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "match/query.hpp"

namespace audit::match {

enum class Comparison : std::uint8_t { none, less, less_equal, greater, greater_equal };

// One alternative behind `field:`.
struct ValueToken {
  std::string text;  // without quotes, escapes, comparison sign and final star
  Span span;         // of all of it
  Comparison comparison = Comparison::none;
  bool quoted = false;
  bool star = false;  // ends in a '*' that is one
};

struct Token {
  enum class Kind : std::uint8_t { end, open, close, op_and, op_or, op_not, word, phrase, field };

  Kind kind = Kind::end;
  Span span;                       // for a field, up to and with its colon
  std::string text;                // word, phrase, or the field's name; without quotes and escapes
  bool star = false;               // of a word or phrase
  std::vector<ValueToken> values;  // of a field: at least one
};

// Cuts `text` into tokens, the last of which is `end`.
[[nodiscard]] Parsed<std::vector<Token>> tokenize(std::string_view text);

// What tokenize makes of `value` behind `field:`, except that white space, quotes, parentheses and
// backslashes mean themselves.
[[nodiscard]] Parsed<std::vector<ValueToken>> tokenize_values(std::string_view value);

}  // namespace audit::match
