// base/unpack.hpp - gzip (RFC 1952) and Zstandard (RFC 8878), unpacked piece by piece.
//
// Bounds    never more output than the caller has room for, whatever the input promises
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace audit::base {

enum class Packing : std::uint8_t { none, gzip, zstd };

// What bytes that begin like this are packed with.
[[nodiscard]] Packing packing_of(std::string_view head) noexcept;

// Unpacks one stream: one member or frame after the other. One thread.
class Unpacker {
 public:
  //   requires  packing is not none
  //   throws    std::bad_alloc
  [[nodiscard]] static std::unique_ptr<Unpacker> make(Packing packing);

  virtual ~Unpacker() = default;

  struct Step {
    std::size_t taken = 0;  // bytes of the input
    std::size_t made = 0;   // bytes of the output
    bool damaged = false;   // the input is not packed so; what was made before is right
  };

  // Takes what it can from `in`, and makes at most `room` bytes at `out`.
  //   requires  room > 0
  [[nodiscard]] virtual Step unpack(std::string_view in, char* out, std::size_t room) = 0;

  // True if the input may end here: nothing is left to come of what was begun.
  [[nodiscard]] virtual bool may_end() const noexcept = 0;
};

}  // namespace audit::base
