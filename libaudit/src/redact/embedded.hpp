// redact/embedded.hpp - the numbers of JSON that stands in a string, at any depth.
//
// One that is masked must become a string there, or what reads the string as JSON fails.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "redact/finder.hpp"

namespace audit::redact {

// Bytes [begin, end) of a text that hold a number, and how long a quotation mark is written there:
// 1 for ", 2 for \", 4 for \\\" and so on.
struct EmbeddedNumber {
  std::size_t begin;
  std::size_t end;
  std::size_t quote;
};

//   returns   ascending; none where the text is no JSON
[[nodiscard]] std::vector<EmbeddedNumber> numbers_in(std::string_view written, Writing writing);

// True if JSON may begin so: an object or a list.
[[nodiscard]] bool may_be_json(std::string_view text);

}  // namespace audit::redact
