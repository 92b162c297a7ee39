// source/recognise.hpp - what an input is, by how it begins.
//
// Nearly all inputs are lines, and each line is looked at by itself. Some files are one record: a
// request that was written over many lines, or in protobuf.
#pragma once

#include <cstdint>
#include <string_view>

namespace audit::source {

enum class Shape : std::uint8_t {
  lines,
  json,      // one OTLP request in JSON, over more than one line
  protobuf,  // one OTLP request in protobuf
};

// How many of the first bytes are enough.
inline constexpr std::size_t kHeadBytes = 4096;

// True if more bytes than these could tell more: of a pipe the first ones may come alone.
[[nodiscard]] bool needs_more(std::string_view head) noexcept;

// requires  head is all of an input, or its first kHeadBytes, or !needs_more(head)
[[nodiscard]] Shape shape_of(std::string_view head) noexcept;

}  // namespace audit::source
