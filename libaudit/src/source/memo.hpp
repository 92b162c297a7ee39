// source/memo.hpp - remembers the answers for short texts that come again and again.
//
// The events of one stream spell their keys and words alike, so nearly every look-up is one that
// was made for the event before. Fixed size, no allocation: a rare text simply pushes out another.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace audit::source {

template <class Value, std::size_t kSets>
class Memo {
 public:
  // compute(), or what it returned for this tag and text before.
  //   tag   tells apart what is looked up; below 2^32
  template <class Compute>
  [[nodiscard]] Value find(std::uint64_t tag, std::string_view text, Compute&& compute) {
    if (text.size() > kLongest) return compute();
    const Key wanted = pack(tag, text);
    Set& set = sets_[wanted.hash() % kSets];
    if (set.newer.key == wanted) return set.newer.value;
    if (!(set.older.key == wanted)) {
      set.older = set.newer;
      set.newer = {wanted, compute()};
      return set.newer.value;
    }
    return set.older.value;
  }

 private:
  static_assert((kSets & (kSets - 1)) == 0, "a power of two");

  static constexpr std::size_t kLongest = 24;

  // A text of at most 24 bytes as three words: with its length these say all of it.
  struct Key {
    std::uint64_t first = 0;
    std::uint64_t middle = 0;
    std::uint64_t last = 0;
    std::uint64_t length_and_tag = ~std::uint64_t{0};  // of no text

    friend bool operator==(const Key&, const Key&) = default;

    [[nodiscard]] std::uint64_t hash() const noexcept {
      const std::uint64_t mixed =
          (first ^ length_and_tag) * 0x9e3779b97f4a7c15U ^ last * 0xc2b2ae3d27d4eb4fU;
      return mixed >> 32 ^ mixed >> 56;
    }
  };

  struct Entry {
    Key key;
    Value value{};
  };

  struct Set {
    Entry newer;
    Entry older;
  };

  static Key pack(std::uint64_t tag, std::string_view text) noexcept {
    const char* const p = text.data();
    const std::size_t n = text.size();
    Key key;
    key.length_and_tag = std::uint64_t{n} << 32 | tag;
    if (n >= 8) {
      key.first = load<std::uint64_t>(p);
      key.last = load<std::uint64_t>(p + n - 8);
      if (n > 16) key.middle = load<std::uint64_t>(p + 8);
    } else if (n >= 4) {
      key.first = load<std::uint32_t>(p);
      key.last = load<std::uint32_t>(p + n - 4);
    } else if (n > 0) {
      key.first = load<std::uint8_t>(p);
      key.middle = load<std::uint8_t>(p + n / 2);
      key.last = load<std::uint8_t>(p + n - 1);
    }
    return key;
  }

  template <class Word>
  static std::uint64_t load(const char* from) noexcept {
    Word word;
    std::memcpy(&word, from, sizeof word);
    return word;
  }

  std::array<Set, kSets> sets_{};
};

}  // namespace audit::source
