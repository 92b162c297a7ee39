#include "base/protobuf.hpp"

namespace audit::base {

namespace {

constexpr unsigned kMaxVarintBytes = 10;
constexpr std::uint64_t kMaxTag = 0xffffffff;

}  // namespace

bool WireReader::next() noexcept {
  if (at_ == end_) return false;
  std::uint64_t tag = 0;
  if (!read_varint(tag) || tag > kMaxTag || tag >> 3 == 0) return fail();
  tag_ = static_cast<std::uint32_t>(tag);
  switch (static_cast<WireType>(tag & 7)) {
    case WireType::varint:
      return read_varint(number_) || fail();
    case WireType::fixed64:
      return read_fixed(8) || fail();
    case WireType::fixed32:
      return read_fixed(4) || fail();
    case WireType::bytes: {
      std::uint64_t length = 0;
      if (!read_varint(length) || length > static_cast<std::uint64_t>(end_ - at_)) return fail();
      bytes_ = {at_, static_cast<std::size_t>(length)};
      at_ += length;
      return true;
    }
  }
  return fail();  // a group, or a type there is not
}

bool WireReader::read_varint(std::uint64_t& value) noexcept {
  value = 0;
  for (unsigned i = 0; i < kMaxVarintBytes && at_ != end_; ++i) {
    const auto byte = static_cast<std::uint8_t>(*at_++);
    if (i + 1 == kMaxVarintBytes && byte > 1) return false;  // more than 64 bits
    value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) return true;
  }
  return false;
}

// Little-endian, whatever the machine.
bool WireReader::read_fixed(std::size_t size) noexcept {
  if (static_cast<std::size_t>(end_ - at_) < size) return false;
  number_ = 0;
  for (std::size_t i = 0; i < size; ++i) {
    number_ |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(at_[i])) << (8 * i);
  }
  at_ += size;
  return true;
}

}  // namespace audit::base
