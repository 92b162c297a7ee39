// event/text.hpp - the part of a payload in which words are looked for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/words.hpp"

namespace audit::event {

// Stands between two pieces of text; never part of UTF-8, so it separates words, and no phrase
// reaches across it.
inline constexpr char kTextBreak = '\xff';

// Appends the string values of what `reader` parsed last, at any depth (keys are left out), each
// followed by kTextBreak.
void append_json_text(const base::JsonReader& reader, std::string& out);

// The same of one value of a document.
void append_json_text(const base::JsonValue& value, std::string& out);

// Appends the searchable text of a payload that is not JSON: of a span or a log record of OTLP in
// protobuf, or of a request of these, its string values; else all of its bytes.
void append_other_text(std::string_view payload, std::string& out);

// Appends the searchable text of any payload: append_json_text() or append_other_text().
void append_payload_text(base::JsonReader& reader, std::string_view payload, std::string& out);

// Calls emit(word, opaque, position) for each word of a text. Positions count words, and one for each
// break: no phrase reaches across it.
template <class Emit>
void split_text(base::WordSplitter& splitter, std::string_view text, Emit&& emit) {
  splitter.begin_pieces(text);
  std::uint32_t position = 0;
  for (std::size_t begin = 0; begin < text.size(); ++position) {
    const std::size_t end = std::min(text.find(kTextBreak, begin), text.size());
    splitter.split_piece(begin, end, [&](std::string_view word, bool opaque) {
      emit(word, opaque, position);
      ++position;
    });
    begin = end + 1;
  }
}

}  // namespace audit::event
