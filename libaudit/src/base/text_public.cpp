#include <audit/text.hpp>

#include <algorithm>

#include "base/text.hpp"
#include "base/words.hpp"

namespace audit {

namespace {

// One word to look for. A plain one is compared with whole words of the text; others (an id with
// its hyphens) are opaque to the word rules and are looked for as bytes.
struct Needle {
  std::string folded;
  bool prefix = false;
  bool plain = true;
};

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= 'a' && byte <= 'z');
}

std::vector<Needle> to_needles(std::span<const std::string> words) {
  std::vector<Needle> needles;
  for (const std::string& term : words) {
    for (std::size_t start = 0; start < term.size();) {
      const std::size_t end = std::min(term.find(' ', start), term.size());
      Needle needle{term.substr(start, end - start)};
      start = end + 1;
      if (needle.folded.ends_with('*')) {
        needle.prefix = true;
        needle.folded.pop_back();
      }
      if (needle.folded.empty()) continue;
      needle.plain = std::ranges::all_of(needle.folded, is_word_byte);
      needles.push_back(std::move(needle));
    }
  }
  return needles;
}

bool matches_plain(std::string_view run, const std::vector<Needle>& needles) {
  for (const auto& [folded, opaque] : base::split_words(run)) {
    for (const Needle& needle : needles) {
      if (!needle.plain) continue;
      if (needle.prefix ? folded.starts_with(needle.folded) : folded == needle.folded) return true;
    }
  }
  return false;
}

void find_opaque(std::string_view text, const std::vector<Needle>& needles,
                 std::vector<TextSpan>& spans) {
  if (std::ranges::all_of(needles, &Needle::plain)) return;
  const std::string lowered = base::to_lower_ascii(text);
  for (const Needle& needle : needles) {
    if (needle.plain) continue;
    for (std::size_t at = 0; (at = lowered.find(needle.folded, at)) != std::string::npos;) {
      spans.push_back({at, needle.folded.size()});
      at += needle.folded.size();
    }
  }
}

void drop_overlaps(std::vector<TextSpan>& spans) {
  std::ranges::sort(spans, {}, &TextSpan::offset);
  std::size_t covered = 0;
  std::erase_if(spans, [&covered](const TextSpan& span) {
    if (span.offset < covered) return true;
    covered = span.offset + span.length;
    return false;
  });
}

}  // namespace

bool is_utf8(std::string_view text) noexcept { return base::is_utf8(text); }

std::string escape_controls(std::string_view text) { return base::escape_controls(text); }

std::size_t display_width(std::string_view text) noexcept { return base::display_width(text); }

std::string truncate_to_width(std::string_view text, std::size_t width) {
  return base::truncate_to_width(text, width);
}

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  return base::edit_distance(a, b, limit);
}

std::vector<TextSpan> find_words(std::string_view text, std::span<const std::string> words) {
  std::vector<TextSpan> spans;
  const std::vector<Needle> needles = to_needles(words);
  if (needles.empty()) return spans;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_word_byte(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_word_byte(text[end])) ++end;
    if (matches_plain(text.substr(at, end - at), needles)) spans.push_back({at, end - at});
    at = end;
  }
  find_opaque(text, needles, spans);
  drop_overlaps(spans);
  return spans;
}

}  // namespace audit
