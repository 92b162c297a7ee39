#include "query/entry_set.hpp"

#include <algorithm>
#include <bit>

namespace audit::query {

namespace {

constexpr std::uint64_t kAllBits = ~std::uint64_t{0};

}  // namespace

EntrySet::EntrySet(std::uint32_t size, bool all)
    : size_(size), words_((std::size_t{size} + 63) / 64, all ? kAllBits : 0) {
  clear_rest();
}

void EntrySet::clear_rest() noexcept {
  if (size_ % 64 != 0) words_.back() &= bit(size_) - 1;
}

void EntrySet::add(std::span<const std::uint32_t> entries) noexcept {
  for (const std::uint32_t entry : entries) add(entry);
}

void EntrySet::add_range(std::uint32_t first, std::uint32_t last) noexcept {
  for (; first < last && first % 64 != 0; ++first) add(first);
  for (; last - first >= 64 && first < last; first += 64) words_[first >> 6] = kAllBits;
  for (; first < last; ++first) add(first);
}

void EntrySet::keep(const EntrySet& other) noexcept {
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
}

void EntrySet::add(const EntrySet& other) noexcept {
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
}

void EntrySet::drop(const EntrySet& other) noexcept {
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
}

void EntrySet::invert() noexcept {
  for (std::uint64_t& word : words_) word = ~word;
  clear_rest();
}

bool EntrySet::empty() const noexcept {
  return std::all_of(words_.begin(), words_.end(), [](std::uint64_t word) { return word == 0; });
}

std::uint32_t EntrySet::count() const noexcept {
  int count = 0;
  for (const std::uint64_t word : words_) {
    if (word != 0)
      count += std::popcount(word);  // most are 0, and this is a call on old processors
  }
  return static_cast<std::uint32_t>(count);
}

std::uint32_t EntrySet::count(std::uint32_t first, std::uint32_t last) const noexcept {
  int count = 0;
  for (; first < last && first % 64 != 0; ++first) count += has(first) ? 1 : 0;
  for (; first < last && last - first >= 64; first += 64)
    count += std::popcount(words_[first >> 6]);
  for (; first < last; ++first) count += has(first) ? 1 : 0;
  return static_cast<std::uint32_t>(count);
}

std::optional<std::uint32_t> EntrySet::first_from(std::uint32_t from) const noexcept {
  if (from >= size_) return std::nullopt;
  std::size_t i = from >> 6;
  std::uint64_t word = words_[i] & (kAllBits << (from & 63));
  while (word == 0) {
    if (++i == words_.size()) return std::nullopt;
    word = words_[i];
  }
  return static_cast<std::uint32_t>(i * 64) + static_cast<std::uint32_t>(std::countr_zero(word));
}

std::optional<std::uint32_t> EntrySet::last_before(std::uint32_t end) const noexcept {
  if (end == 0 || size_ == 0) return std::nullopt;
  const std::uint32_t last = std::min(end, size_) - 1;
  std::size_t i = last >> 6;
  std::uint64_t word = words_[i] & (kAllBits >> (63 - (last & 63)));
  while (word == 0) {
    if (i == 0) return std::nullopt;
    word = words_[--i];
  }
  return static_cast<std::uint32_t>(i * 64 + 63) -
         static_cast<std::uint32_t>(std::countl_zero(word));
}

}  // namespace audit::query
