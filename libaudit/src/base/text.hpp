// base/text.hpp - UTF-8: is it, how wide is it, and how to show it without being fooled by it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace audit::base {

// Well-formed UTF-8 as in Unicode table 3-7: no surrogates, no overlong forms, at most U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

// The text with U+FFFD in place of each byte that is not part of well-formed UTF-8.
[[nodiscard]] std::string repair_utf8(std::string_view text);

// Holds a character of Unicode's White_Space property.  requires is_utf8(text)
[[nodiscard]] bool has_white_space(std::string_view text) noexcept;

// Text from a stranger, made safe for a terminal: everything that moves the cursor, reorders text
// or cannot be seen is spelt out. Controls: \n \r \t \x1b \x7f \u0085; bidi, zero-width and other
// format characters, line and paragraph separators: \u202e \u200b \U000e0041; bytes that are not
// UTF-8: \xff. A backslash stays as it is, so the result is for the eye and cannot be undone.
// One emoji or text selector (U+FE0E, U+FE0F) right after a visible character is kept.
[[nodiscard]] std::string escape_controls(std::string_view text);

// Terminal columns: the sum over graphemes, each of which takes at most two. A byte that is not
// UTF-8 counts as one. Meant for text that escape_controls has been over.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;

// The text itself if it fits `width` columns, else as many whole graphemes as leave room for an
// ellipsis (U+2026), and that. Width 0 gives nothing.
[[nodiscard]] std::string truncate_to_width(std::string_view text, std::size_t width);

// How many bytes of the text are whole graphemes that fit `width` columns.
[[nodiscard]] std::size_t prefix_of_width(std::string_view text, std::size_t width) noexcept;

// The number of bytes to insert, delete, replace or swap with their neighbour to make `a` into `b`;
// limit + 1 when it is more than `limit`. For "did you mean".
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

// A to Z become a to z; every other byte stays.
[[nodiscard]] std::string to_lower_ascii(std::string_view text);

}  // namespace audit::base
