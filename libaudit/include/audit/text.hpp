// audit/text.hpp - text from strangers, made fit for people's eyes.
//
// Place     beside everything that is shown: what an agent wrote may be an attack on its reader
// Threads   pure functions
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace audit {

// Well-formed UTF-8: no surrogates, no overlong forms, at most U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

// Everything that moves a cursor, reorders text or cannot be seen is spelt out: \n \x1b \u202e
// \xff. For the eye only; it cannot be undone.
[[nodiscard]] std::string escape_controls(std::string_view text);

// Terminal columns of text that escape_controls has been over.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;

// The text itself if it fits `width` columns, else as many whole characters as leave room for an
// ellipsis, and that. Width 0 gives nothing.
[[nodiscard]] std::string truncate_to_width(std::string_view text, std::size_t width);

// How many bytes to insert, delete, replace or swap with their neighbour to make `a` into `b`;
// limit + 1 when it is more than `limit`. For "did you mean".
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

// Bytes [offset, offset + length) of a text.
struct TextSpan {
  std::size_t offset = 0;
  std::size_t length = 0;

  friend bool operator==(const TextSpan&, const TextSpan&) = default;
};

// Where `text` holds one of `words` (as Query::words() gives them: folded; a phrase is words with
// spaces between, a trailing '*' asks for a prefix), ascending, not overlapping. For highlighting:
// each word of a phrase is found on its own.
[[nodiscard]] std::vector<TextSpan> find_words(std::string_view text,
                                               std::span<const std::string> words);

}  // namespace audit
