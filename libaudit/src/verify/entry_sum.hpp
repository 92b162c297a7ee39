// verify/entry_sum.hpp - what the index should say of an entry, as a sum that can be compared with
// the sum of what it does say.
//
// Every posting (term, entry, position) is turned into two numbers by a function whose key is drawn
// anew for each verification, and the numbers are added up per block of entries. Whoever made the
// index could not know the key, so postings that differ give sums that differ, but for one case in
// 2^64. The terms of an entry are those that ledger::SegmentBuilder::add gives it.
//
// Threads   PostingKey and IndexLayout are shared and constant; the rest belongs to one thread
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/words.hpp"
#include "ledger/entry_row.hpp"
#include "ledger/index_file.hpp"
#include "ledger/segment.hpp"

namespace audit::verify {

struct PostingSum {
  std::uint64_t a = 0;
  std::uint64_t b = 0;

  PostingSum& operator+=(const PostingSum& other) noexcept {
    a += other.a;
    b += other.b;
    return *this;
  }

  friend bool operator==(const PostingSum&, const PostingSum&) = default;
};

class PostingKey {
 public:
  // Draws a key.
  PostingKey();

  // The number of a term: its text, and what stands before and behind it in the index.
  [[nodiscard]] std::uint64_t word(std::string_view text) const noexcept {
    return text_number(text, keys_[0]);
  }

  // The same, of a word behind which one may read on (base/words.hpp): nearly all are short.
  [[nodiscard]] std::uint64_t readable_word(std::string_view text) const noexcept {
    return text.size() <= kShortBytes ? short_number(text.data(), text.size(), keys_[0])
                                      : text_number(text, keys_[0]);
  }

  [[nodiscard]] std::uint64_t field(Field field, std::string_view value) const noexcept {
    return text_number(value, keys_[1] + (static_cast<std::uint64_t>(field) << 56));
  }

  [[nodiscard]] std::uint64_t id(std::uint32_t fingerprint) const noexcept {
    return multiply(keys_[2] ^ fingerprint, keys_[3]);
  }

  // The number of a term as the index spells it (ledger::word_term, ledger::field_term).
  [[nodiscard]] std::uint64_t spelled(std::string_view term) const noexcept;

  // A posting of a word has a position; others have kNoPosition.
  [[nodiscard]] PostingSum posting(std::uint64_t term, std::uint64_t seq,
                                   std::uint32_t position) const noexcept {
    const std::uint64_t place = seq << 32 | position;  // unique within a block
    const std::uint64_t first = multiply(term ^ keys_[4], place ^ keys_[5]);
    return {multiply(first ^ keys_[6], term + place), first};
  }

  static constexpr std::uint32_t kNoPosition = 0xffffffff;

 private:
  // Both halves of the product.
  [[nodiscard]] static std::uint64_t multiply(std::uint64_t a, std::uint64_t b) noexcept {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

  static constexpr std::size_t kShortBytes = 16;
  using Bytes = std::array<unsigned char, kShortBytes>;

  // What is kept of sixteen bytes where only so many count.
  static constexpr auto kMasks = [] {
    std::array<Bytes, kShortBytes + 1> masks{};
    for (std::size_t size = 0; size <= kShortBytes; ++size) {
      for (std::size_t i = 0; i < size; ++i) masks[size][i] = 0xff;
    }
    return masks;
  }();

  //   text   16 bytes that may be read, `size` of which count
  [[nodiscard]] std::uint64_t short_number(const char* text, std::size_t size,
                                           std::uint64_t key) const noexcept {
    std::array<std::uint64_t, 2> words;
    std::array<std::uint64_t, 2> mask;
    std::memcpy(words.data(), text, sizeof words);
    std::memcpy(mask.data(), kMasks[size].data(), sizeof mask);
    return multiply((words[0] & mask[0]) ^ key ^ lengths_[size], (words[1] & mask[1]) ^ keys_[3]);
  }

  [[nodiscard]] std::uint64_t text_number(std::string_view text, std::uint64_t key) const noexcept;

  std::array<std::uint64_t, 8> keys_{};
  std::array<std::uint64_t, kShortBytes + 1> lengths_{};  // tell "a" from "a\0"
};

// Which entries are in the index, and where blocks of time begin.
struct IndexLayout {
  std::vector<ledger::IndexFile::Object> segments;  // ascending, without gaps from entry 0
  std::vector<ledger::SegmentFooter> footers;       // of these
  PostingKey key;

  [[nodiscard]] std::uint64_t watermark() const noexcept {
    return segments.empty() ? 0 : segments.back().last;
  }

  // The segment that covers an entry.  requires seq < watermark()
  [[nodiscard]] std::size_t segment_of(std::uint64_t seq) const noexcept;
};

// Entries whose sums are compared together.
inline constexpr std::uint64_t kSumBlockEntries = 4096;

// What one range of entries adds to the comparison.
struct IndexPart {
  struct Block {
    std::uint64_t number;
    PostingSum sum;
  };

  struct Times {
    std::size_t segment;
    std::size_t block;
    ledger::SegmentFooter::TimeBlock times;
  };

  std::vector<Block> blocks;
  std::vector<Times> times;

  // Adds an entry, the next one in order.
  void add(const IndexLayout& layout, std::uint64_t seq, const PostingSum& sum, std::int64_t when);
};

// Computes the sum of one entry after another.
class EntryTerms {
 public:
  [[nodiscard]] PostingSum sum(const ledger::EntryRow& row, const PostingKey& key);

 private:
  void add_field(const Envelope::Value& value);
  void add_payload(std::string_view payload);
  void add_ids();

  const PostingKey* key_ = nullptr;
  std::uint64_t seq_ = 0;
  PostingSum sum_;
  base::JsonReader json_;
  base::WordSplitter splitter_;
  std::string text_;
  std::vector<std::uint32_t> ids_;    // fingerprints of this entry
  std::vector<std::uint64_t> lists_;  // terms of list fields of this entry, each once
};

// When an entry happened, as the index has it.
[[nodiscard]] std::int64_t when(const ledger::EntryRow& row) noexcept;

}  // namespace audit::verify
