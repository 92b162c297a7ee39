#include "erasure/copies.hpp"

namespace audit::erasure {

namespace {

// How many bytes of its beginning a text is found by.
constexpr std::size_t kWindow = 24;

// Odd and large: the hash of a text is the sum of its bytes times powers of it, modulo 2^64.
constexpr std::uint64_t kBase = 0x9e3779b97f4a7c15U;

constexpr std::uint64_t power_of_first() {
  std::uint64_t power = 1;
  for (std::size_t i = 1; i < kWindow; ++i) power *= kBase;
  return power;
}

std::uint64_t value_of(char c) { return std::uint64_t{static_cast<unsigned char>(c)} + 1; }

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0;
  for (const char c : text) hash = hash * kBase + value_of(c);
  return hash;
}

}  // namespace

void Copies::add(std::string_view text) {
  if (text.size() < kWindow) return;
  known_.emplace(hash_of(text.substr(0, kWindow)), Known{text.size(), hash_of(text)});
}

bool Copies::is_one_in(std::string_view text) const {
  if (known_.empty() || text.size() < kWindow) return false;
  constexpr std::uint64_t kFirst = power_of_first();
  std::uint64_t hash = hash_of(text.substr(0, kWindow));
  for (std::size_t at = 0;; ++at) {
    const auto [first, last] = known_.equal_range(hash);
    for (auto known = first; known != last; ++known) {
      const std::string_view there = text.substr(at, known->second.bytes);
      if (there.size() == known->second.bytes && hash_of(there) == known->second.hash) return true;
    }
    if (at + kWindow == text.size()) return false;
    hash = (hash - value_of(text[at]) * kFirst) * kBase + value_of(text[at + kWindow]);
  }
}

}  // namespace audit::erasure
