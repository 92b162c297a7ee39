// ledger/segment.hpp - the words, field values and ids of a range of entries, made to be searched.
//
// A segment's bytes are a function of its entries alone, so two builders agree and verify can tell a
// forged one. It is cut into pages of at most kIndexPageBytes, those of ids of kIdPageBytes:
//
//   postings   per term: entries (delta varints, low bit: "once", else a count follows), then, for
//              words, positions (delta varints per entry)
//   terms      sorted, front-coded, each page on its own, with restart points for a binary search
//   ids        32-bit fingerprints with their entries, sorted: candidates, to be checked
//   digests    of all pages before them (segment_digest.hpp)
//   footer     where all that is; first term and first fingerprint of each page; min and max time
//              of each block of 4,096 entries; digests
//
// A term is a folded word (kind 2) or a field value (kind 1, with the field's number behind it, so
// that all fields with one value stand together).
#pragma once

#include <audit/digest.hpp>
#include <audit/event.hpp>
#include <audit/field.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/words.hpp"
#include "ledger/index_file.hpp"

namespace audit::ledger {

// What is built from entries; segments are merged up to kMaxSegmentEntries (segment_merge.hpp).
inline constexpr std::uint32_t kBuiltSegmentEntries = 131'072;
inline constexpr std::uint32_t kMaxSegmentEntries = 524'288;
inline constexpr std::uint32_t kTimeBlockEntries = 4096;

// A look-up reads a page of ids from its beginning: short pages.
inline constexpr std::size_t kIdPageBytes = 4000;
// So many of them share one of SQLite's.
inline constexpr std::uint32_t kIdPagesTogether = kIndexPageBytes / kIdPageBytes;

// A longer field value is found by its fingerprint only.
inline constexpr std::size_t kMaxFieldTermBytes = 200;

enum class TermKind : char { field = 1, word = 2 };

// The longest term: a field value with its kind, an end and the field's number.
inline constexpr std::size_t kMaxTermBytes = 1 + kMaxFieldTermBytes + 2;
static_assert(1 + base::kMaxWordBytes <= kMaxTermBytes);

// Terms between two restart points of a page of terms.
inline constexpr std::size_t kRestartEvery = 16;

// So many digests stand in a page of digests.
inline constexpr std::size_t kDigestsPerPage = kIndexPageBytes / 32;

// The longest footer. A builder is full at 64 MiB, and the entry that fills it may bring another 16
// MiB of text; a term takes fewer bytes in a page than in the builder, but each word of that entry
// up to eight times what it was there. That is less than 200 MiB, in pages filled to 15,700 bytes:
// fewer than 16,384 of them. Ids take up to eight bytes each, of at least eight in the builder.
inline constexpr std::uint32_t kMaxTermPages = 16'384;
inline constexpr std::uint32_t kMaxIdPages = 32'768;
// Postings take fewer bytes than in the builder, and no more are merged.
inline constexpr std::uint32_t kMaxPostingPages = 16'384;
inline constexpr std::uint32_t kMaxDigestPages =
    (kMaxPostingPages + kMaxTermPages + kMaxIdPages) / kDigestsPerPage + 1;
inline constexpr std::size_t kMaxFooterBytes =
    20 + kMaxTermPages * (2 + kMaxTermBytes) + 4 + kMaxIdPages * 4 +
    kMaxSegmentEntries / kTimeBlockEntries * 16 + (kMaxDigestPages + 1) * Digest::kSize;

// How a field is found: by its value as a term, by fingerprint, or not through the index.
enum class FieldIndexing : std::uint8_t { term, fingerprint, none };

[[nodiscard]] FieldIndexing indexing_of(Field field) noexcept;

[[nodiscard]] std::string word_term(std::string_view folded);
[[nodiscard]] std::string field_term(Field field, std::string_view value);
[[nodiscard]] std::uint32_t id_fingerprint(std::string_view text) noexcept;

// "true" and "false" as the terms of a boolean.
[[nodiscard]] std::string_view boolean_term(std::int64_t value) noexcept;

struct SegmentFooter {
  struct TimeBlock {
    std::int64_t min = std::numeric_limits<std::int64_t>::max();
    std::int64_t max = std::numeric_limits<std::int64_t>::min();

    void add(std::int64_t when) {
      min = std::min(min, when);
      max = std::max(max, when);
    }
  };

  std::uint32_t entries = 0;
  std::uint32_t posting_pages = 0;
  std::uint64_t posting_bytes = 0;
  std::vector<std::string> term_pages;  // the first term of each
  std::vector<std::uint32_t> id_pages;  // the first fingerprint of each
  std::vector<TimeBlock> time_blocks;
  std::vector<Digest> digest_pages;  // of each page of digests
  Digest digest;                     // of the segment, as it says itself

  [[nodiscard]] std::string encode() const;

  // The same without the digest of the segment, which covers it.
  [[nodiscard]] std::string body() const;

  // Strict; nothing for anything encode() would not write.
  [[nodiscard]] static std::optional<SegmentFooter> decode(std::string_view bytes);

  [[nodiscard]] std::uint64_t first_term_page() const { return posting_pages; }

  [[nodiscard]] std::uint64_t first_id_page() const { return posting_pages + term_pages.size(); }

  // Without the pages of digests behind them.
  [[nodiscard]] std::uint64_t page_count() const { return first_id_page() + id_pages.size(); }

  // How many of those there must be.
  [[nodiscard]] std::uint64_t digest_page_count() const {
    return (page_count() + kDigestsPerPage - 1) / kDigestsPerPage;
  }
};

// Where the postings of a term are.
struct TermInfo {
  std::uint32_t entries = 0;          // how many hold it
  std::uint64_t offset = 0;           // of its postings in the posting bytes
  std::uint64_t entries_bytes = 0;    // of the entry list
  std::uint64_t positions_bytes = 0;  // of the position list behind it; 0 for field values
};

// Byte lists in one arena, each a chain of growing slices.
class ByteLists {
 public:
  struct List {
    std::uint32_t head = kNone;
    std::uint32_t at = 0;
    std::uint32_t end = 0;
  };

  static constexpr std::uint32_t kNone = 0xffffffff;

  void push(List& list, std::uint8_t byte) {
    if (list.at == list.end) extend(list);
    arena_[list.at++] = byte;
  }

  void push_varint(List& list, std::uint32_t value) {
    while (value >= 0x80) {
      push(list, static_cast<std::uint8_t>(value | 0x80));
      value >>= 7;
    }
    push(list, static_cast<std::uint8_t>(value));
  }

  // Appends the list's bytes to `out`.
  void collect(const List& list, std::string& out) const;

  [[nodiscard]] std::size_t bytes() const noexcept { return arena_.size(); }

  void reserve(std::size_t bytes) { arena_.reserve(bytes); }

  void clear() noexcept { arena_.clear(); }

 private:
  void extend(List& list);

  std::vector<std::uint8_t> arena_;
};

// Builds one segment, entry by entry. Reusable.
class SegmentBuilder {
 public:
  SegmentBuilder();

  // Adds the next entry: its envelope, when it happened, and its searchable text (event/text.hpp).
  void add(const Envelope& envelope, std::int64_t when, std::string_view text);

  [[nodiscard]] std::uint32_t entries() const noexcept { return entries_; }

  // True when it should be finished: enough entries, or enough memory used.
  [[nodiscard]] bool is_full() const noexcept;

  // Hands over the pages in order, then returns the footer; the builder is empty again.
  [[nodiscard]] SegmentFooter finish(const std::function<void(std::string_view page)>& write_page);

  void clear();

 private:
  static constexpr std::size_t kInlineKeyBytes = 14;

  // One cache line: most words of a text are found in it alone.
  struct alignas(64) Term {
    std::array<char, kInlineKeyBytes> inline_key;  // the key's first bytes, zeros behind
    std::uint16_t key_bytes;
    std::uint32_t key;         // offset in keys_
    std::uint32_t count;       // entries that hold it
    std::uint32_t last_entry;  // 1 + the newest of them
    std::uint32_t open_entry;  // 1 + the one before, what its delta counts from
    std::uint32_t in_entry;    // occurrences in the newest
    std::uint32_t last_position;
    ByteLists::List entries;
    ByteLists::List positions;
  };

  struct Slot {
    std::uint32_t hash;
    std::uint32_t term;  // index in terms_ + 1, 0 for empty
  };

  // A word of the text in hand.
  struct Token {
    std::uint32_t hash;
    std::uint32_t position;
    std::uint32_t begin;  // in token_text_
    std::uint32_t bytes;
  };

  [[nodiscard]] std::size_t bytes() const noexcept;
  void collect_tokens(std::string_view text);
  void add_token(std::string_view word, std::uint32_t position);
  void add_word(const Token& token);
  void add_field(Field field, std::string_view value);
  void add_id(std::string_view text);
  Term& term(std::uint32_t hash, std::string_view key);
  [[nodiscard]] bool has_key(const Term& term, std::string_view key) const;
  void grow_table();
  void prefetch_slot(std::uint32_t hash) const;
  void prefetch_term(std::uint32_t hash) const;
  void close_entry(Term& term);
  [[nodiscard]] std::string_view key_of(const Term& term) const;
  [[nodiscard]] std::vector<std::uint32_t> sorted_terms() const;

  std::vector<Slot> table_;  // open addressing
  std::vector<Term> terms_;
  std::string keys_;
  ByteLists lists_;
  std::vector<std::uint64_t> ids_;  // fingerprint << 32 | entry
  std::vector<SegmentFooter::TimeBlock> time_blocks_;
  std::uint32_t entries_ = 0;
  std::vector<Token> tokens_;
  std::string token_text_;  // each word with its kind before it: a key
  std::size_t token_bytes_ = 0;
  std::string field_key_;
  base::WordSplitter splitter_;
};

}  // namespace audit::ledger
