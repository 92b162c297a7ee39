#include "match/words.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "event/text.hpp"

namespace audit::match {

namespace {

// For each count of matched words, how many of them still match after the next word did not fit.
std::vector<std::uint32_t> fallbacks(const std::vector<std::string>& words) {
  std::vector<std::uint32_t> fallback(words.size() + 1, 0);
  std::uint32_t kept = 0;
  for (std::size_t i = 1; i < words.size(); ++i) {
    while (kept > 0 && words[i] != words[kept]) kept = fallback[kept];
    if (words[i] == words[kept]) ++kept;
    fallback[i + 1] = kept;
  }
  return fallback;
}

constexpr std::uint64_t each_byte(std::uint64_t value) { return value * 0x0101010101010101U; }

// Eight ASCII characters with A to Z made lower-case.
std::uint64_t lower_word(std::uint64_t word) {
  const std::uint64_t from_a = word + each_byte(0x80 - 'A');       // bit 7: not before 'A'
  const std::uint64_t after_z = word + each_byte(0x80 - 'Z' - 1);  // bit 7: behind 'Z'
  return word | ((from_a & ~after_z & each_byte(0x80)) >> 2);
}

// Copies `text` in lower case, if it is ASCII.
bool copy_lower_ascii(std::string_view text, std::string& out) {
  out.resize((text.size() + 7) / 8 * 8);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < text.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, std::min<std::size_t>(8, text.size() - i));
    seen |= word;
    const std::uint64_t lower = lower_word(word);
    std::memcpy(out.data() + i, &lower, 8);
  }
  out.resize(text.size());
  return (seen & each_byte(0x80)) == 0;
}

constexpr std::size_t kMaxNeedles = 4;

}  // namespace

void WordFinder::add(const std::vector<TermWord>& words, bool prefix, std::uint32_t id) {
  assert(!words.empty());
  id_count_ = std::max<std::size_t>(id_count_, id + 1);
  if (++runs_ <= kMaxNeedles) {
    const auto longest = std::max_element(
        words.begin(), words.end(),
        [](const TermWord& a, const TermWord& b) { return a.text.size() < b.text.size(); });
    needles_.push_back(longest->text);
  }
  if (words.size() == 1) {
    const std::string& word = words.front().text;
    auto& ids = prefix ? prefixes_[word.size()][word] : words_[word];
    ids.push_back(id);
    return;
  }
  Phrase phrase{{}, {}, prefix, id};
  for (const TermWord& word : words) phrase.words.push_back(word.text);
  phrase.fallback = fallbacks(phrase.words);
  starts_[phrase.words.front()].push_back(static_cast<std::uint32_t>(phrases_.size()));
  phrases_.push_back(std::move(phrase));
}

// Characters of a word stand side by side in JSON too, unless some are written as \uXXXX; and only
// ASCII folds to ASCII in a payload that is nothing else.
bool WordFinder::may_occur_in(std::string_view payload) {
  if (runs_ > kMaxNeedles || !copy_lower_ascii(payload, lower_)) return true;
  const std::string_view lower = lower_;
  const bool found = std::any_of(needles_.begin(), needles_.end(), [&](const std::string& needle) {
    return ::memmem(lower.data(), lower.size(), needle.data(), needle.size()) != nullptr;
  });
  return found || lower.find("\\u") != std::string_view::npos;
}

void WordFinder::find(std::string_view text, std::vector<char>& found) {
  found_ = &found;
  missing_ = static_cast<std::size_t>(std::count(found.begin(), found.end(), char{0}));
  base::Word word{};
  while (!text.empty() && missing_ > 0) {
    const std::string_view piece = text.substr(0, text.find(event::kTextBreak));
    text.remove_prefix(std::min(piece.size() + 1, text.size()));
    splitter_.begin(piece);
    while (missing_ > 0 && splitter_.next(word)) see(word.text, word.opaque);
    break_phrases();
  }
}

void WordFinder::see(std::string_view word, bool opaque) {
  if (const auto at = words_.find(word); at != words_.end()) {
    for (const std::uint32_t id : at->second) mark(id);
  }
  if (!opaque && !prefixes_.empty()) see_prefixes(word);
  if (starts_.empty()) return;
  next_open_.clear();
  for (const std::uint32_t number : open_) advance(number, word, opaque);
  if (const auto at = starts_.find(word); at != starts_.end()) {
    for (const std::uint32_t number : at->second) {
      if (phrases_[number].matched == 0) advance(number, word, opaque);
    }
  }
  open_.swap(next_open_);
}

void WordFinder::see_prefixes(std::string_view word) {
  for (const auto& [length, prefixes] : prefixes_) {
    if (length > word.size()) break;
    const auto at = prefixes.find(word.substr(0, length));
    if (at == prefixes.end()) continue;
    for (const std::uint32_t id : at->second) mark(id);
  }
}

bool WordFinder::fits(const Phrase& phrase, std::string_view word, bool opaque) noexcept {
  const std::string& wanted = phrase.words[phrase.matched];
  const bool last = phrase.matched + 1 == phrase.words.size();
  return last && phrase.prefix ? !opaque && word.starts_with(wanted) : word == wanted;
}

// Takes the next word of the text into account for one phrase, and keeps it open if words match.
void WordFinder::advance(std::uint32_t number, std::string_view word, bool opaque) {
  Phrase& phrase = phrases_[number];
  while (phrase.matched > 0 && !fits(phrase, word, opaque)) {
    phrase.matched = phrase.fallback[phrase.matched];
  }
  if (fits(phrase, word, opaque)) ++phrase.matched;
  if (phrase.matched == phrase.words.size()) {
    mark(phrase.id);
    phrase.matched = 0;  // once is enough: nothing depends on where else it is
  }
  if (phrase.matched > 0) next_open_.push_back(number);
}

void WordFinder::break_phrases() noexcept {
  for (const std::uint32_t number : open_) phrases_[number].matched = 0;
  open_.clear();
}

void WordFinder::mark(std::uint32_t id) {
  char& found = (*found_)[id];
  missing_ -= found == 0 ? 1 : 0;
  found = 1;
}

}  // namespace audit::match
