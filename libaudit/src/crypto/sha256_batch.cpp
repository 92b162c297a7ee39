#include "crypto/sha256_batch.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/bytes.hpp"

#if defined(__x86_64__)
#define AUDIT_HAS_SHA_LANES 1
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace audit::crypto {

namespace {

constexpr std::size_t kBlockBytes = 64;
constexpr std::size_t kLengthBytes = 8;

#ifdef AUDIT_HAS_SHA_LANES

// FIPS 180-4, section 4.2.2.
alignas(64) constexpr std::array<std::uint32_t, 64> kRoundConstants{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// FIPS 180-4, section 5.3.3.
constexpr std::array<std::uint32_t, 8> kFirstState{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

bool has_sha_unit() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSE4_1) == 0 || (c & bit_SSSE3) == 0) {
    return false;
  }
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

// The state as the instructions want it: words a b e f and c d g h.
struct LaneState {
  __m128i abef;
  __m128i cdgh;
};

LaneState first_state() {
  const auto& h = kFirstState;
  const auto word = [&](std::size_t i) { return static_cast<int>(h[i]); };
  return {_mm_set_epi32(word(0), word(1), word(4), word(5)),
          _mm_set_epi32(word(2), word(3), word(6), word(7))};
}

Digest digest_of(const LaneState& state) {
  std::array<std::uint32_t, 4> abef{};
  std::array<std::uint32_t, 4> cdgh{};
  _mm_storeu_si128(reinterpret_cast<__m128i*>(abef.data()), state.abef);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(cdgh.data()), state.cdgh);
  const std::array<std::uint32_t, 8> words{abef[3], abef[2], cdgh[3], cdgh[2],
                                           abef[1], abef[0], cdgh[1], cdgh[0]};
  Digest digest;
  for (std::size_t i = 0; i < words.size(); ++i) base::store_be32(&digest.bytes[4 * i], words[i]);
  return digest;
}

// Takes `blocks` blocks into each of kLanes states; the lanes do not depend on each other, so the
// processor works on all of them at once.
template <std::size_t kLanes>
__attribute__((target("sha,sse4.1,ssse3"))) void compress(
    const std::array<LaneState*, kLanes>& states, std::array<const char*, kLanes> from,
    std::size_t blocks) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  for (; blocks > 0; --blocks) {
    __m128i abef[kLanes];
    __m128i cdgh[kLanes];
    __m128i words[kLanes][4];
#pragma GCC unroll 2
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      abef[lane] = states[lane]->abef;
      cdgh[lane] = states[lane]->cdgh;
#pragma GCC unroll 4
      for (std::size_t i = 0; i < 4; ++i) {
        const __m128i loaded =
            _mm_loadu_si128(reinterpret_cast<const __m128i*>(from[lane] + 16 * i));
        words[lane][i] = _mm_shuffle_epi8(loaded, big_endian);
      }
      from[lane] += kBlockBytes;
    }
#pragma GCC unroll 16
    for (std::size_t group = 0; group < 16; ++group) {  // of four rounds
      const __m128i constants =
          _mm_load_si128(reinterpret_cast<const __m128i*>(&kRoundConstants[4 * group]));
#pragma GCC unroll 2
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        __m128i* w = words[lane];
        const __m128i sum = _mm_add_epi32(w[group & 3], constants);
        cdgh[lane] = _mm_sha256rnds2_epu32(cdgh[lane], abef[lane], sum);
        abef[lane] = _mm_sha256rnds2_epu32(abef[lane], cdgh[lane], _mm_shuffle_epi32(sum, 0x0e));
        if (group >= 12) continue;
        const __m128i newest = w[(group + 3) & 3];
        __m128i next = _mm_sha256msg1_epu32(w[group & 3], w[(group + 1) & 3]);
        next = _mm_add_epi32(next, _mm_alignr_epi8(newest, w[(group + 2) & 3], 4));
        w[group & 3] = _mm_sha256msg2_epu32(next, newest);
      }
    }
#pragma GCC unroll 2
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      LaneState& state = *states[lane];
      state.abef = _mm_add_epi32(state.abef, abef[lane]);
      state.cdgh = _mm_add_epi32(state.cdgh, cdgh[lane]);
    }
  }
}

#else

bool has_sha_unit() { return false; }

#endif

}  // namespace

Sha256Batch::Sha256Batch(Engine engine) {
  static const bool there = has_sha_unit();
  lanes_ = there && engine == Engine::best;
}

// With its padding, FIPS 180-4, section 5.1.1: one bit, zeros, and the length in bits.
char* Sha256Batch::room(std::size_t size) {
  const std::size_t blocks = (size + 1 + kLengthBytes + kBlockBytes - 1) / kBlockBytes;
  const std::size_t padded = blocks * kBlockBytes;
  if (capacity_ - used_ < padded) grow(used_ + padded);
  char* const message = &bytes_[used_];
  message[size] = '\x80';
  std::memset(message + size + 1, 0, padded - size - 1 - kLengthBytes);
  base::store_be64(message + padded - kLengthBytes, std::uint64_t{size} * 8);
  messages_.push_back({used_, size, blocks});
  used_ += padded;
  return message;
}

std::size_t Sha256Batch::add(std::string_view message) {
  std::copy(message.begin(), message.end(), room(message.size()));
  return messages_.size() - 1;
}

void Sha256Batch::grow(std::size_t bytes) {
  constexpr std::size_t kFirst = 4096;
  const std::size_t capacity = std::max({bytes, 2 * capacity_, kFirst});
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  std::copy_n(bytes_.get(), used_, larger.get());
  bytes_ = std::move(larger);
  capacity_ = capacity;
}

void Sha256Batch::clear() noexcept {
  used_ = 0;
  messages_.clear();
}

void Sha256Batch::run() {
  digests_.resize(messages_.size());
  if (lanes_) {
    run_in_lanes();
  } else {
    run_one_by_one();
  }
}

void Sha256Batch::run_one_by_one() {
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    digests_[i] = one_.hash(&bytes_[messages_[i].begin], messages_[i].size);
  }
}

#ifdef AUDIT_HAS_SHA_LANES

// What one of the two lanes is working on.
class Sha256Batch::Lane {
 public:
  void take(const Sha256Batch& batch, std::size_t message) {
    message_ = message;
    at_ = &batch.bytes_[batch.messages_[message].begin];
    left_ = batch.messages_[message].blocks;
    state_ = first_state();
  }

  void advance(std::size_t blocks) {
    at_ += blocks * kBlockBytes;
    left_ -= blocks;
  }

  [[nodiscard]] std::size_t message() const { return message_; }

  [[nodiscard]] const char* at() const { return at_; }

  [[nodiscard]] std::size_t left() const { return left_; }

  [[nodiscard]] LaneState& state() { return state_; }

 private:
  LaneState state_;
  const char* at_ = nullptr;
  std::size_t left_ = 0;
  std::size_t message_ = 0;
};

// Both lanes take the next message as soon as they are done with one; the last one runs alone.
void Sha256Batch::run_in_lanes() {
  std::array<Lane, 2> lanes;
  std::size_t next = 0;
  for (; next < std::min(lanes.size(), messages_.size()); ++next) lanes[next].take(*this, next);
  while (lanes[0].left() > 0 && lanes[1].left() > 0) {
    const std::size_t blocks = std::min(lanes[0].left(), lanes[1].left());
    compress<2>({&lanes[0].state(), &lanes[1].state()}, {lanes[0].at(), lanes[1].at()}, blocks);
    for (Lane& lane : lanes) {
      lane.advance(blocks);
      if (lane.left() > 0) continue;
      digests_[lane.message()] = digest_of(lane.state());
      if (next < messages_.size()) lane.take(*this, next++);
    }
  }
  for (Lane& lane : lanes) {
    if (lane.left() == 0) continue;
    compress<1>({&lane.state()}, {lane.at()}, lane.left());
    digests_[lane.message()] = digest_of(lane.state());
  }
}

#else

void Sha256Batch::run_in_lanes() { run_one_by_one(); }

#endif

}  // namespace audit::crypto
