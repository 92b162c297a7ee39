// source/recognise.hpp - what an input is, by how it begins.
//
// Nearly all inputs are lines, and each line is looked at by itself. Some files are one record: a
// document in JSON that was written over many lines, or a request in protobuf.
#pragma once

#include <cstdint>
#include <string_view>

namespace audit::source {

enum class Shape : std::uint8_t {
  lines,
  json,      // one document in JSON, over more than one line; what looks like one may be lines
  protobuf,  // one OTLP request in protobuf
};

// A file that holds no events as it is.
struct ForeignFile {
  std::string_view what;  // "a zip archive"
  std::string_view hint;  // how to come by the events in it
};

// Null if these first bytes are those of none that is known.
[[nodiscard]] const ForeignFile* foreign_file(std::string_view head) noexcept;

// How many of the first bytes are enough.
inline constexpr std::size_t kHeadBytes = 4096;

// True if more bytes than these could tell more: of a pipe the first ones may come alone.
[[nodiscard]] bool needs_more(std::string_view head) noexcept;

// requires  head is all of an input, or its first kHeadBytes, or !needs_more(head)
[[nodiscard]] Shape shape_of(std::string_view head) noexcept;

}  // namespace audit::source
