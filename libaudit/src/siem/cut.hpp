// siem/cut.hpp - texts made fit for formats that bound them, and for lines people look at.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace audit::siem {

// `text` where it has at most `limit` bytes (0: any number). Else as many whole characters as leave
// room for a mark, and that: "...[sha256:0123456789abcdef]" with three dots as one character, the
// digest of `original` in 16 hexadecimal digits, in all of them where the limit is 256 or more.
//   original  what was to be written, before anything was spelt out
//   requires  is_utf8(text); limit is 0 or at least 32
//   returns   `text`, or a view of `scratch`
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t limit,
                                   std::string_view original, std::string& scratch);

// The text with what cannot be seen, or reorders it, spelt out as base::escape_controls does.
//   line_breaks   LF, CR and tab stay as they are
//   returns       `text`, or a view of `scratch`
enum class LineBreaks : bool { spelt_out, kept };
[[nodiscard]] std::string_view visible(std::string_view text, LineBreaks line_breaks,
                                       std::string& scratch);

// Appends a JSON string that a reader gives back as it was, and in which nothing is invisible or reorders
// the line for who looks at it: such characters stand as \u....
void append_json_text(std::string& out, std::string_view text);

}  // namespace audit::siem
