// ingest/byte_source.hpp - where the bytes of an input come from.
//
// Threads   one
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace audit::ingest {

class ByteSource {
 public:
  enum class Status : std::uint8_t {
    more,     // at least one byte
    nothing,  // none came within the time
    end,      // there are no more; of a file that grows, for now
  };

  virtual ~ByteSource() = default;

  // Reads at most `room` bytes to `to`, and waits for them at most `patience`.
  //   requires  room > 0
  //   throws    io
  [[nodiscard]] virtual Status read(char* to, std::size_t room, std::chrono::milliseconds patience,
                                    std::size_t& got) = 0;
};

// A file, pipe or socket, from where its descriptor stands.
class DescriptorBytes final : public ByteSource {
 public:
  DescriptorBytes(int fd, std::filesystem::path name);

  [[nodiscard]] Status read(char* to, std::size_t room, std::chrono::milliseconds patience,
                            std::size_t& got) override;

 private:
  int fd_;
  std::filesystem::path name_;
};

}  // namespace audit::ingest
