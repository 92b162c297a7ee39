// query/entry_set.hpp - a set of entries of one segment, numbered from 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace audit::query {

class EntrySet {
 public:
  // None, or all, of `size` entries.
  explicit EntrySet(std::uint32_t size = 0, bool all = false);

  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

  //   requires  entry < size(), here and below
  void add(std::uint32_t entry) noexcept { words_[entry >> 6] |= bit(entry); }

  void add(std::span<const std::uint32_t> entries) noexcept;

  // Entries [first, last).
  void add_range(std::uint32_t first, std::uint32_t last) noexcept;

  [[nodiscard]] bool has(std::uint32_t entry) const noexcept {
    return (words_[entry >> 6] & bit(entry)) != 0;
  }

  // Keeps what is in `other` too.  requires other.size() == size(), here and below
  void keep(const EntrySet& other) noexcept;
  // Adds what is in `other`.
  void add(const EntrySet& other) noexcept;
  // Drops what is in `other`.
  void drop(const EntrySet& other) noexcept;
  // Has exactly what it had not.
  void invert() noexcept;

  [[nodiscard]] bool empty() const noexcept;
  [[nodiscard]] std::uint32_t count() const noexcept;
  // How many of [first, last) are in it.
  [[nodiscard]] std::uint32_t count(std::uint32_t first, std::uint32_t last) const noexcept;

  // The first entry that is at or after `from`, the last that is before `end`.
  [[nodiscard]] std::optional<std::uint32_t> first_from(std::uint32_t from) const noexcept;
  [[nodiscard]] std::optional<std::uint32_t> last_before(std::uint32_t end) const noexcept;

  friend bool operator==(const EntrySet&, const EntrySet&) = default;

 private:
  static constexpr std::uint64_t bit(std::uint32_t entry) noexcept {
    return std::uint64_t{1} << (entry & 63);
  }

  void clear_rest() noexcept;

  std::uint32_t size_;
  std::vector<std::uint64_t> words_;  // bits at and beyond size_ are 0
};

}  // namespace audit::query
