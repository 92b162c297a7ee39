// base/words.hpp - what a word is: shared by the index, the query language and the brute-force match.
//
// A word is a longest run of letters, digits and marks, folded: case, accents and compatibility
// forms do not matter ("Straße", "STRASSE"; "naïve", "naive"). Han, Kana and other scripts written
// without spaces give one word per character. A UUID, and a run of 16 or more hexadecimal digits
// that holds a digit, is one *opaque* word: it matches whole, has no prefix and no neighbours.
// A text that is a whole RFC 3339 time has no words. Format 1 of the index fixes these rules.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace audit::base {

// Longer words (after folding) are opaque too.
inline constexpr std::size_t kMaxWordBytes = 64;

struct Word {
  std::string_view text;  // folded; lives until the splitter's next call; if it is short, the 16
                          // bytes behind it may be read too
  bool opaque;
};

class WordSplitter {
 public:
  // Splits `text` (any bytes; those that are not UTF-8 separate words) and calls
  // emit(std::string_view folded, bool opaque) for each word in order.
  template <class Emit>
  void split(std::string_view text, Emit&& emit) {
    begin(text);
    Word word;
    while (next(word)) emit(word.text, word.opaque);
  }

  // The same, pulled.
  void begin(std::string_view text) noexcept {
    begin_pieces(text);
    begin_piece(0, text.size());
  }

  [[nodiscard]] bool next(Word& word);

  // The same, of pieces of a text that follow each other, each a text of its own: cheaper than one by
  // one. What stands between them is neither a letter nor a digit.
  void begin_pieces(std::string_view text) noexcept;

  //   [begin, end)   behind the piece before it
  template <class Emit>
  void split_piece(std::size_t begin, std::size_t end, Emit&& emit) {
    begin_piece(begin, end);
    Word word;
    while (next(word)) emit(word.text, word.opaque);
  }

 private:
  void begin_piece(std::size_t begin, std::size_t end) noexcept;
  [[nodiscard]] bool take(Word& word);
  [[nodiscard]] bool next_unicode(Word& word, std::size_t start);
  [[nodiscard]] bool take_uuid(Word& word);
  void load(std::size_t at) noexcept;

  static constexpr std::size_t kBlockBytes = 1024;
  // Bytes behind a word may be read, whatever they are.
  static constexpr std::size_t kReadable = 16;

  // One bit for each byte of a block, the lowest first; zeros behind the last.
  using Bits = std::array<std::uint64_t, kBlockBytes / 64 + 1>;

  // The 64 bits from the byte at `at` of the text on.
  [[nodiscard]] std::uint64_t bits_at(const Bits& bits, std::size_t at) const noexcept {
    const std::size_t in_block = at - block_begin_;
    const std::size_t shift = in_block % 64;
    const std::uint64_t low = bits[in_block / 64] >> shift;
    return shift == 0 ? low : low | bits[in_block / 64 + 1] << (64 - shift);
  }

  std::string_view whole_;  // of which blocks are loaded
  std::string_view text_;   // up to the end of the piece in hand
  std::size_t piece_begin_ = 0;
  std::size_t at_ = 0;  // in these
  std::size_t block_begin_ = 0;
  std::size_t block_end_ = 0;
  // The block; nothing of it is read before it is loaded.
  std::array<char, kBlockBytes + kMaxWordBytes + kReadable> block_;  // folded
  Bits ascii_;                                                       // letters and digits
  Bits any_;                                                         // these, and what is not ASCII
  std::string folded_;
};

// The words of a query term, in order.
[[nodiscard]] std::vector<std::pair<std::string, bool>> split_words(std::string_view text);

}  // namespace audit::base
