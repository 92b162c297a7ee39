// base/protobuf.hpp - reads the wire format of Protocol Buffers from bytes nobody vouches for.
//
// One message at a time, field by field; who knows the message says what a field is. Strict: a
// length beyond the end, a varint of more than 64 bits, a group or a field number of 0 is an error.
// https://protobuf.dev/programming-guides/encoding/
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace audit::base {

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

// A tag as one number, for switch: two fields of one number but different types are two things.
constexpr std::uint32_t wire_tag(std::uint32_t field, WireType type) noexcept {
  return field << 3 | static_cast<std::uint32_t>(type);
}

class WireReader {
 public:
  // `message` outlives the reader and what it hands out.
  explicit WireReader(std::string_view message) noexcept
      : begin_(message.data()), at_(message.data()), end_(message.data() + message.size()) {}

  // Steps to the next field; false at the end, and where the bytes are no message: see failed().
  [[nodiscard]] bool next() noexcept;

  [[nodiscard]] bool failed() const noexcept { return failed_; }

  // Of the field next() stepped to.
  [[nodiscard]] std::uint32_t tag() const noexcept { return tag_; }

  [[nodiscard]] std::uint32_t field() const noexcept { return tag_ >> 3; }

  // The value of a varint, a fixed64 or a fixed32.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  // The value of a field of type bytes: text, bytes or a message.
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

  // Where the next field begins, counted from the beginning of the message.
  [[nodiscard]] std::size_t behind() const noexcept {
    return static_cast<std::size_t>(at_ - begin_);
  }

  // Where bytes() begins, counted from the beginning of the message.
  [[nodiscard]] std::size_t offset() const noexcept {
    return static_cast<std::size_t>(bytes_.data() - begin_);
  }

 private:
  [[nodiscard]] bool fail() noexcept {
    failed_ = true;
    at_ = end_;
    return false;
  }

  [[nodiscard]] bool read_varint(std::uint64_t& value) noexcept;
  [[nodiscard]] bool read_fixed(std::size_t size) noexcept;

  const char* begin_;
  const char* at_;
  const char* end_;
  std::uint32_t tag_ = 0;
  std::uint64_t number_ = 0;
  std::string_view bytes_;
  bool failed_ = false;
};

}  // namespace audit::base
