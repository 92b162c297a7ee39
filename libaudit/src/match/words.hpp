// match/words.hpp - looks for many words and phrases in one pass over a payload's text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/words.hpp"
#include "match/query.hpp"

namespace audit::match {

// Lets maps of strings be asked with views.
struct TextHash {
  using is_transparent = void;

  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>()(text);
  }
};

template <class Value>
using TextMap = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

// A set of runs of words, each of which stands for a number the caller chose; several runs may
// stand for the same number.
class WordFinder {
 public:
  // Adds a run: words that follow each other.  requires words is not empty
  void add(const std::vector<TermWord>& words, bool prefix, std::uint32_t id);

  // The numbers in use are below this.
  [[nodiscard]] std::size_t id_count() const noexcept { return id_count_; }

  // False if a glance at the bytes of a payload (JSON or not) is enough to know that none of the
  // runs is in its text.
  [[nodiscard]] bool may_occur_in(std::string_view payload);

  // Sets found[id] for every run that occurs in `text`: pieces separated by event::kTextBreak.
  //   found   at least id_count() elements; those set already are not looked for
  //   cost    one pass over the text, however many runs there are; stops when all are found
  void find(std::string_view text, std::vector<char>& found);

 private:
  struct Phrase {
    std::vector<std::string> words;
    std::vector<std::uint32_t> fallback;  // Knuth-Morris-Pratt: matched words kept on a mismatch
    bool prefix;
    std::uint32_t id;
    std::uint32_t matched = 0;  // words of it that the text's latest words are
  };

  [[nodiscard]] static bool fits(const Phrase& phrase, std::string_view word, bool opaque) noexcept;
  void advance(std::uint32_t number, std::string_view word, bool opaque);
  void see(std::string_view word, bool opaque);
  void see_prefixes(std::string_view word);
  void break_phrases() noexcept;
  void mark(std::uint32_t id);

  std::size_t id_count_ = 0;
  TextMap<std::vector<std::uint32_t>> words_;   // word -> ids of runs that are just it
  TextMap<std::vector<std::uint32_t>> starts_;  // word -> phrases that begin with it
  std::map<std::size_t, TextMap<std::vector<std::uint32_t>>> prefixes_;  // by length
  std::vector<Phrase> phrases_;
  std::vector<std::uint32_t> open_;  // phrases with matched > 0
  std::vector<std::uint32_t> next_open_;
  std::vector<std::string> needles_;  // per run, of the first few: its longest word
  std::size_t runs_ = 0;

  base::WordSplitter splitter_;
  std::string lower_;
  std::vector<char>* found_ = nullptr;
  std::size_t missing_ = 0;
};

}  // namespace audit::match
