// crypto/random.hpp - bytes from the system's random generator.
//
// Errors    throws Error(internal) when the generator fails, configuration when OpenSSL is not
//           installed; never returns weak bytes
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace audit::crypto {

void random_bytes(void* out, std::size_t size);

// Random bytes drawn 4 KiB at a time: for many small pieces such as salts. A piece handed out is
// wiped from the pool, and a child process never hands out its parent's bytes.
// One thread at a time.
class RandomPool {
 public:
  RandomPool() = default;
  RandomPool(const RandomPool&) = delete;
  RandomPool& operator=(const RandomPool&) = delete;
  ~RandomPool();

  void fill(void* out, std::size_t size);

 private:
  void refill();

  std::array<std::uint8_t, 4096> block_{};
  std::size_t used_ = sizeof block_;
  std::uint64_t process_ = 0;  // which process filled the block
};

}  // namespace audit::crypto
