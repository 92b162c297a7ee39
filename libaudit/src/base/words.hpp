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
  void begin(std::string_view text) noexcept;
  [[nodiscard]] bool next(Word& word);

 private:
  [[nodiscard]] bool next_ascii(Word& word);
  [[nodiscard]] bool next_unicode(Word& word, std::size_t start);
  [[nodiscard]] bool take_uuid(Word& word);

  // Words of up to kMaxWordBytes; bytes behind a word may be read, whatever they are.
  static constexpr std::size_t kReadable = 16;

  std::string_view text_;
  std::size_t at_ = 0;
  std::array<char, kMaxWordBytes + kReadable> short_{};
  std::string folded_;
};

// The words of a query term, in order.
[[nodiscard]] std::vector<std::pair<std::string, bool>> split_words(std::string_view text);

}  // namespace audit::base
