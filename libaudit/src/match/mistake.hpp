// match/mistake.hpp - how a query says what it did not understand.
#pragma once

#include <audit/error.hpp>

#include <string>
#include <string_view>
#include <utility>

#include "match/query.hpp"

namespace audit::match {

// The failure of any Parsed<T> of this layer.
[[nodiscard]] inline tl::unexpected<ParseError> refuse(Span span, std::string message,
                                                       std::string hint) {
  return tl::make_unexpected(
      ParseError{span.offset, span.length, std::move(message), std::move(hint)});
}

// Part of a query as messages show it: in quotation marks, cut to a readable length, with control
// characters spelt out.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace audit::match
