// base/bidi.hpp - right-to-left text, for those who can only draw from left to right.
#pragma once

#include <string>
#include <string_view>

namespace audit::base {

// True if it holds a character of a script that is written from right to left. Cheap for others.
//   requires  valid UTF-8, as for the next
[[nodiscard]] bool has_right_to_left(std::string_view text) noexcept;

// The characters of one line in the order in which they stand on paper from left to right, where the
// line as a whole is left-to-right: Unicode's algorithm (UAX 9) without its explicit formatting, which
// escape_controls takes out. Marks stay behind their letter, brackets are mirrored, no character is
// added or lost. There is no shaping: letters stand in their isolated form.
[[nodiscard]] std::string visual_order(std::string_view line);

}  // namespace audit::base
