#include "base/words.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include <utf8proc.h>

namespace audit::base {

namespace {

constexpr std::size_t kUuidBytes = 36;
constexpr std::size_t kMinOpaqueHex = 16;

// What an ASCII byte of a word folds to; no word reaches over kSeparator.
constexpr unsigned char kSeparator = 0;
constexpr unsigned char kBeyond = 1;  // not ASCII

constexpr auto kFold = [] {
  std::array<unsigned char, 256> fold{};
  for (unsigned c = 'a'; c <= 'z'; ++c) fold[c] = fold[c - 32] = static_cast<unsigned char>(c);
  for (unsigned c = '0'; c <= '9'; ++c) fold[c] = static_cast<unsigned char>(c);
  for (unsigned c = 0x80; c < 0x100; ++c) fold[c] = kBeyond;
  return fold;
}();

unsigned char fold_of(char c) { return kFold[static_cast<unsigned char>(c)]; }

char to_lower(char c) { return static_cast<char>(fold_of(c)); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_hex(char c) { return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f'); }

bool is_alphanumeric(char c) { return fold_of(c) != kSeparator; }

// Eight bytes of a text in one number, the first one lowest.
constexpr std::size_t kEight = 8;
constexpr std::uint64_t kEachByte = 0x0101010101010101;
constexpr std::uint64_t kHighBits = 0x80 * kEachByte;

// The high bit of each byte from `first` to `last`.  requires only ASCII in `bytes`
constexpr std::uint64_t in_range(std::uint64_t bytes, unsigned char first, unsigned char last) {
  return (bytes + (0x80U - first) * kEachByte) & ~(bytes + (0x7fU - last) * kEachByte) & kHighBits;
}

// The high bits of eight bytes as one byte.
constexpr std::uint64_t gathered(std::uint64_t high_bits) {
  return (high_bits >> 7) * 0x0102040810204080 >> 56;
}

struct Eight {
  std::uint64_t folded;  // letters and digits; others may be anything
  std::uint64_t ascii;   // the high bit of each that is one of these
  std::uint64_t beyond;  // of each that is not ASCII
};

constexpr Eight classified(std::uint64_t bytes) {
  const std::uint64_t ascii = bytes & ~kHighBits;
  const std::uint64_t letters = in_range(ascii | ('a' - 'A') * kEachByte, 'a', 'z');
  const std::uint64_t digits = in_range(ascii, '0', '9');
  // 0x80 >> 2 is what tells 'a' from 'A'
  return {ascii | letters >> 2, (letters | digits) & ~bytes, bytes & kHighBits};
}

std::uint64_t load_eight(const char* from) {
  std::uint64_t bytes;
  std::memcpy(&bytes, from, kEight);
  return bytes;
}

// A whole RFC 3339 time: "2026-01-01T00:00:00" and what may follow it.
bool is_time(std::string_view text) {
  static constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() < kShape.size() || text.size() > 36) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const char want = kShape[i];
    const char got = text[i];
    if (want == 'd' ? !is_digit(got) : want == 'T' ? (got != 'T' && got != ' ') : got != want) {
      return false;
    }
  }
  for (const char c : text.substr(kShape.size())) {
    if (!is_digit(c) && c != '.' && c != 'Z' && c != '+' && c != '-' && c != ':') return false;
  }
  return true;
}

bool is_uuid(std::string_view text) {
  if (text.size() < kUuidBytes) return false;
  if (text[13] != '-' || text[8] != '-' || text[18] != '-' || text[23] != '-') return false;
  for (std::size_t i = 0; i < kUuidBytes; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (!dash && !is_hex(text[i])) return false;
  }
  return text.size() == kUuidBytes ||
         (!is_alphanumeric(text[kUuidBytes]) && text[kUuidBytes] != '-');
}

// A run of hexadecimal digits as digests and random ids have them.
//   word   folded
bool is_long_hex(std::string_view word) {
  if (word.size() < kMinOpaqueHex) return false;
  std::uint64_t any_digit = 0;
  for (std::size_t i = 0; i < word.size(); i += kEight) {
    const std::uint64_t bytes = load_eight(word.data() + std::min(i, word.size() - kEight));
    const std::uint64_t ascii = bytes & ~kHighBits;
    const std::uint64_t digits = in_range(ascii, '0', '9') & ~bytes;
    if ((digits | (in_range(ascii, 'a', 'f') & ~bytes)) != kHighBits) return false;
    any_digit |= digits;
  }
  return any_digit != 0;
}

// Scripts that put no spaces between words: one word per character.
bool stands_alone(utf8proc_int32_t c) {
  return (c >= 0x0e00 && c <= 0x0eff) ||                                  // Thai, Lao
         (c >= 0x1000 && c <= 0x109f) ||                                  // Myanmar
         (c >= 0x1780 && c <= 0x17ff) ||                                  // Khmer
         (c >= 0x3040 && c <= 0x30ff) ||                                  // Kana
         (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x4e00 && c <= 0x9fff) ||  // Han
         (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}

bool is_word_character(utf8proc_int32_t c) {
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
    case UTF8PROC_CATEGORY_CO:
      return true;
    default:
      return false;
  }
}

struct Character {
  utf8proc_int32_t code;  // negative: not UTF-8
  std::size_t bytes;
};

Character character_at(std::string_view text, std::size_t at) {
  utf8proc_int32_t code = -1;
  const utf8proc_ssize_t bytes =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                       static_cast<utf8proc_ssize_t>(text.size() - at), &code);
  return bytes > 0 ? Character{code, static_cast<std::size_t>(bytes)} : Character{-1, 1};
}

void append_utf8(std::string& out, utf8proc_int32_t code) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const utf8proc_ssize_t count = utf8proc_encode_char(code, bytes.data());
  out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(count));
}

// Appends the folded form of one character: case folded, decomposed, marks dropped.
void append_folded(std::string& out, utf8proc_int32_t code) {
  std::array<utf8proc_int32_t, 32> parts{};
  int boundary = 0;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_CASEFOLD | UTF8PROC_COMPAT |
                                                      UTF8PROC_DECOMPOSE | UTF8PROC_IGNORE);
  const utf8proc_ssize_t count = utf8proc_decompose_char(
      code, parts.data(), static_cast<utf8proc_ssize_t>(parts.size()), options, &boundary);
  for (utf8proc_ssize_t i = 0; i < count && i < static_cast<utf8proc_ssize_t>(parts.size()); ++i) {
    const utf8proc_int32_t part = parts[static_cast<std::size_t>(i)];
    const auto category = utf8proc_category(part);
    if (category != UTF8PROC_CATEGORY_MN && category != UTF8PROC_CATEGORY_ME &&
        is_word_character(part)) {
      append_utf8(out, part);
    }
  }
}

}  // namespace

void WordSplitter::begin_pieces(std::string_view text) noexcept {
  whole_ = text;
  block_begin_ = block_end_ = 0;
}

void WordSplitter::begin_piece(std::size_t begin, std::size_t end) noexcept {
  text_ = whole_.substr(0, end);
  piece_begin_ = begin;
  at_ = is_time(text_.substr(begin)) ? end : begin;
}

bool WordSplitter::next(Word& word) {
  while (at_ < text_.size()) {
    if (at_ >= block_end_) load(at_);
    const std::uint64_t rest = bits_at(any_, at_);
    if (rest == 0) {
      at_ = std::min(at_ + 64, block_end_);
      continue;
    }
    at_ += static_cast<std::size_t>(std::countr_zero(rest));
    if (at_ < text_.size() && take(word)) return true;
  }
  return false;
}

// Looks at the text from `at` on.
void WordSplitter::load(std::size_t at) noexcept {
  const std::size_t size = std::min(whole_.size() - at, kBlockBytes);
  block_begin_ = at;
  block_end_ = at + size;
  // One more than there are: bits_at looks into the next one.
  const std::size_t words = std::min(size / 64 + 2, ascii_.size());
  std::fill_n(ascii_.begin(), words, 0);
  std::fill_n(any_.begin(), words, 0);
  for (std::size_t i = 0; i < size; i += kEight) {
    std::uint64_t bytes = 0;
    if (size - i >= kEight) {
      bytes = load_eight(whole_.data() + at + i);
    } else {
      std::memcpy(&bytes, whole_.data() + at + i, size - i);
    }
    const Eight eight = classified(bytes);
    std::memcpy(&block_[i], &eight.folded, kEight);
    ascii_[i / 64] |= gathered(eight.ascii) << i % 64;
    any_[i / 64] |= gathered(eight.ascii | eight.beyond) << i % 64;
  }
}

bool WordSplitter::take_uuid(Word& word) {
  if (at_ > piece_begin_ && text_[at_ - 1] == '-') return false;
  if (!is_uuid(text_.substr(at_))) return false;
  folded_.resize(kUuidBytes);
  for (std::size_t i = 0; i < kUuidBytes; ++i)
    folded_[i] = text_[at_ + i] == '-' ? '-' : to_lower(text_[at_ + i]);
  at_ += kUuidBytes;
  word = {folded_, true};
  return true;
}

// The word at at_. The common case is a run of ASCII letters and digits; falls back where anything
// else touches it.
bool WordSplitter::take(Word& word) {
  const auto run = [this] {
    return static_cast<std::size_t>(std::countr_one(bits_at(ascii_, at_)));
  };
  std::size_t length = run();
  if (at_ + length >= block_end_ && block_end_ < whole_.size() && at_ > block_begin_) {
    load(at_);  // it may go on
    length = run();
  }
  const std::size_t end = at_ + length;
  if (end < text_.size() && fold_of(text_[end]) != kSeparator) {
    return next_unicode(word, at_);  // longer than a word, or not ASCII alone
  }
  if (length == 8 && end < text_.size() && text_[end] == '-' && take_uuid(word)) return true;
  const std::string_view text(block_.data() + (at_ - block_begin_), length);
  at_ = end;
  word = {text, is_long_hex(text)};
  return true;
}

bool WordSplitter::next_unicode(Word& word, std::size_t start) {
  folded_.clear();
  at_ = start;
  while (at_ < text_.size()) {
    const Character c = character_at(text_, at_);
    if (c.code < 0 || !is_word_character(c.code)) {
      at_ += c.bytes;
      break;
    }
    const bool alone = stands_alone(c.code);
    if (alone && !folded_.empty()) break;
    at_ += c.bytes;
    append_folded(folded_, c.code);
    if (alone) break;
  }
  if (folded_.empty()) return false;
  word = {folded_, folded_.size() > kMaxWordBytes || is_long_hex(folded_)};
  return true;
}

std::vector<std::pair<std::string, bool>> split_words(std::string_view text) {
  std::vector<std::pair<std::string, bool>> words;
  WordSplitter().split(text, [&](std::string_view word, bool opaque) {
    words.emplace_back(std::string(word), opaque);
  });
  return words;
}

}  // namespace audit::base
