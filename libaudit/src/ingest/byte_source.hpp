// ingest/byte_source.hpp - where the bytes of an input come from.
//
// Threads   one
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/unpack.hpp"

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

  // Whether what it gives is not what it reads.
  [[nodiscard]] virtual bool unpacks() const noexcept { return false; }
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

// Bytes that were read already, and then the rest.
class ResumedBytes final : public ByteSource {
 public:
  ResumedBytes(std::string_view read_already, std::unique_ptr<ByteSource> rest);

  [[nodiscard]] Status read(char* to, std::size_t room, std::chrono::milliseconds patience,
                            std::size_t& got) override;

 private:
  std::string first_;
  std::size_t given_ = 0;
  std::unique_ptr<ByteSource> rest_;
};

// What a packed source holds. Where it is damaged, all before that is given, and then it throws io. What
// only begins like one, is not named like one, and of which nothing at all can be unpacked, is given as
// it lies.
class UnpackedBytes final : public ByteSource {
 public:
  //   requires  packing is not none
  UnpackedBytes(std::unique_ptr<ByteSource> packed, base::Packing packing,
                std::filesystem::path name);

  [[nodiscard]] Status read(char* to, std::size_t room, std::chrono::milliseconds patience,
                            std::size_t& got) override;

  [[nodiscard]] bool unpacks() const noexcept override { return !is_plain_; }

 private:
  [[nodiscard]] std::size_t give(char* to, std::size_t room);
  [[noreturn]] void throw_damaged(std::string_view how) const;

  std::unique_ptr<ByteSource> packed_;
  std::unique_ptr<base::Unpacker> unpacker_;
  std::filesystem::path name_;
  std::string piece_;        // of the packed bytes
  std::string_view unread_;  // the rest of it
  std::size_t piece_bytes_ = 0;
  bool is_first_ = true;  // nothing but the piece in hand was read, and nothing was unpacked
  bool is_plain_ = false;
};

}  // namespace audit::ingest
