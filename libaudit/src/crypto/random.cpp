#include "crypto/random.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <atomic>
#include <cstring>

#include <pthread.h>
#include <string.h>

#include "crypto/openssl.hpp"

namespace audit::crypto {
namespace {

// Counts forks on the way down to this process: a child sees another number than its parent, at
// the price of a load where asking for the pid is a system call.
std::atomic<std::uint64_t> fork_count{1};

void count_fork() noexcept { fork_count.fetch_add(1, std::memory_order_relaxed); }

std::uint64_t this_process() {
  static const int registered = pthread_atfork(nullptr, nullptr, count_fork);
  if (registered != 0) throw Error(ErrorCode::internal, "cannot watch for forks: out of memory");
  return fork_count.load(std::memory_order_relaxed);
}

}  // namespace

void random_bytes(void* out, std::size_t size) {
  constexpr std::size_t kMost = 1 << 30;  // RAND_bytes counts in int
  auto* at = static_cast<unsigned char*>(out);
  while (size > 0) {
    const std::size_t count = std::min(size, kMost);
    if (openssl().RAND_bytes(at, static_cast<int>(count)) != 1) {
      throw Error(ErrorCode::internal, "the random generator failed",
                  "check that the system's entropy source works");
    }
    at += count;
    size -= count;
  }
}

RandomPool::~RandomPool() { ::explicit_bzero(block_.data(), block_.size()); }

void RandomPool::fill(void* out, std::size_t size) {
  if (process_ != this_process()) refill();
  auto* at = static_cast<std::uint8_t*>(out);
  while (size > 0) {
    if (used_ == block_.size()) refill();
    const std::size_t count = std::min(size, block_.size() - used_);
    std::memcpy(at, block_.data() + used_, count);
    ::explicit_bzero(block_.data() + used_, count);
    used_ += count;
    at += count;
    size -= count;
  }
}

void RandomPool::refill() {
  used_ = block_.size();  // nothing to hand out should the generator fail
  random_bytes(block_.data(), block_.size());
  used_ = 0;
  process_ = this_process();
}

}  // namespace audit::crypto
