// document/escape.hpp - a stranger's text for HTML and Markdown. Both spell out first what nobody sees
// or what reorders (base::escape_controls), so the result is one line of valid UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace audit::document {

// For text and for attribute values in double quotes.
[[nodiscard]] std::string html_escape(std::string_view text);

// That in <bdi> where it is not ASCII: right-to-left text moves nothing around it.
[[nodiscard]] std::string html_text(std::string_view text);

// CommonMark and GitHub's extensions, also at the beginning of a line and in the cell of a table: what
// is rendered is the text, and nothing becomes a link, a mention or an image.
[[nodiscard]] std::string markdown_escape(std::string_view text);

// An anchor of a document as the name of a place: letters, digits, and a dash for the rest.
[[nodiscard]] std::string anchor_id(std::string_view anchor);

}  // namespace audit::document
