#include "redact/masker.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <array>
#include <iterator>

#include <re2/set.h>

#include "redact/patterns.hpp"

namespace audit::redact {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

bool is_word(char c) { return is_digit(c) || is_letter(c) || c == '_'; }

bool is_hexadecimal(char c) {
  return is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

// A byte of a text, or a blank beyond its ends.
char at(std::string_view text, std::size_t i) { return i < text.size() ? text[i] : ' '; }

// The hexadecimal digits with hyphens between that stand around a match: a UUID? Looked for not far.
bool is_in_hexadecimal_id(std::string_view text, std::size_t begin, std::size_t end) {
  constexpr std::size_t kFar = 64;
  constexpr std::ptrdiff_t kLongId = 24;
  const auto is_part = [text](std::size_t i) { return is_word(at(text, i)) || at(text, i) == '-'; };
  std::size_t from = begin;
  while (from > 0 && begin - from < kFar && is_part(from - 1)) --from;
  std::size_t to = end;
  while (to - end < kFar && is_part(to)) ++to;
  const std::string_view id = text.substr(from, to - from);
  return id.size() > end - begin && id.find(' ') == std::string_view::npos &&
         std::all_of(id.begin(), id.end(), [](char c) { return is_hexadecimal(c) || c == '-'; }) &&
         std::count_if(id.begin(), id.end(), is_hexadecimal) >= kLongId;
}

// True if the match is a part of a longer word: of an id, of a hash, of a number.
bool is_part_of_word(std::string_view text, std::size_t begin, std::size_t end) {
  const char before = at(text, begin - 1);  // beyond the end for the first
  const char behind = at(text, end);
  if (is_word(before) || is_word(behind)) return true;
  if (before == '.' && is_digit(at(text, begin - 2))) return true;  // behind a decimal point
  if (text[begin] == '+' && (before == '/' || before == '+' || before == '=')) return true;
  return is_in_hexadecimal_id(text, begin, end);
}

// Chrome/120.0.0.0, 1.2.3.4.5
bool is_part_of_version(std::string_view text, std::size_t begin, std::size_t end) {
  if (at(text, begin - 1) == '/' && is_word(at(text, begin - 2))) return true;
  return at(text, end) == '.' && is_digit(at(text, end + 1));
}

bool stands_right(Kind::Edge edge, std::string_view text, std::size_t begin, std::size_t end) {
  if (edge == Kind::Edge::any) return true;
  if (is_part_of_word(text, begin, end)) return false;
  return edge != Kind::Edge::address || !is_part_of_version(text, begin, end);
}

// Far faster than a search for the pattern.
bool holds_one_of(std::string_view bytes, std::string_view text) {
  return bytes.empty() || std::any_of(bytes.begin(), bytes.end(), [text](char c) {
           return text.find(c) != std::string_view::npos;
         });
}

// All that one pattern finds, ascending.
void find_one(const Pattern& pattern, std::uint32_t number, std::string_view text,
              std::vector<Found>& found) {
  if (text.size() < pattern.shortest || !holds_one_of(pattern.needs, text)) return;
  const re2::StringPiece all(text.data(), text.size());
  const int groups = std::min(pattern.re->NumberOfCapturingGroups(), 1) + 1;
  std::array<re2::StringPiece, 2> match;
  std::size_t from = 0;
  while (from < text.size() &&
         pattern.re->Match(all, from, text.size(), RE2::UNANCHORED, match.data(), groups)) {
    const bool has_group = groups == 2 && match[1].data() != nullptr;
    const re2::StringPiece& piece = match[has_group ? 1 : 0];
    const auto start = static_cast<std::size_t>(match[0].data() - text.data());
    const std::string_view part = pattern.find({piece.data(), piece.size()});
    const auto begin = static_cast<std::size_t>(part.data() - text.data());
    from = start + match[0].size();
    if (!part.empty() && stands_right(pattern.edge, text, begin, begin + part.size())) {
      found.push_back({begin, begin + part.size(), number});
      if (pattern.edge != Kind::Edge::any) from = begin + part.size();
    } else if (pattern.edge == Kind::Edge::word) {
      // The next word may begin one: 2024 4111 1111 1111 1111.
      std::size_t next = start + 1;
      while (next < from && is_word(text[next])) ++next;
      from = next;
    }
    from = std::max(from, start + 1);
  }
}

// Makes one of those that overlap.
void join(std::vector<Found>& found) {
  std::sort(found.begin(), found.end(),
            [](const Found& a, const Found& b) { return a.begin < b.begin; });
  std::size_t kept = 0;
  for (const Found& one : found) {
    if (kept == 0 || one.begin >= found[kept - 1].end) {
      found[kept++] = one;
      continue;
    }
    Found& last = found[kept - 1];
    last.end = std::max(last.end, one.end);
    last.pattern = std::min(last.pattern, one.pattern);
  }
  found.resize(kept);
}

// Which of some patterns fit somewhere, asked of all at once.
class Sieve {
 public:
  explicit Sieve(bool is_own) : set_(pattern_options(is_own), RE2::UNANCHORED) {}

  void add(const Pattern& pattern, std::uint32_t number) {
    (void)set_.Add(pattern.hint, nullptr);
    numbers_.push_back(number);
    all_ |= Patterns{1} << number;
  }

  void compile() {
    if (set_.Compile()) return;
    throw Error(ErrorCode::invalid_argument, "the patterns together are too large",
                "mask less, or use simpler patterns");
  }

  // All of them where RE2 cannot say for lack of memory.
  [[nodiscard]] Patterns matching(std::string_view text, std::vector<int>& room) const {
    if (all_ == 0) return 0;
    RE2::Set::ErrorInfo error{};
    if (!set_.Match({text.data(), text.size()}, &room, &error)) {
      return error.kind == RE2::Set::kNoError ? 0 : all_;
    }
    Patterns found = 0;
    for (const int i : room) found |= Patterns{1} << numbers_[static_cast<std::size_t>(i)];
    return found;
  }

 private:
  RE2::Set set_;
  std::vector<std::uint32_t> numbers_;
  Patterns all_ = 0;
};

}  // namespace

void add_apart(std::vector<Found>& found, const std::vector<Found>& more) {
  const auto old = static_cast<std::ptrdiff_t>(found.size());
  std::size_t next = 0;
  for (const Found& one : more) {
    while (next < static_cast<std::size_t>(old) && found[next].end <= one.begin) ++next;
    if (next == static_cast<std::size_t>(old) || found[next].begin >= one.end) found.push_back(one);
  }
  std::inplace_merge(found.begin(), found.begin() + old, found.end(),
                     [](const Found& a, const Found& b) { return a.begin < b.begin; });
}

struct Masker::Impl {
  std::vector<Pattern> patterns;
  Sieve of_bytes{false};
  Sieve of_text{true};
  Patterns anchored = 0;
  Patterns in_ids = 0;
  Patterns own = 0;
  Patterns by_name = 0;
  std::vector<int> room;

  explicit Impl(const std::vector<std::string>& wanted) : patterns(compile_patterns(wanted)) {
    for (std::uint32_t i = 0; i < patterns.size(); ++i) {
      const Pattern& pattern = patterns[i];
      const Patterns bit = Patterns{1} << i;
      if (pattern.in_ids) in_ids |= bit;
      const bool is_own = pattern.re->options().encoding() == RE2::Options::EncodingUTF8;
      if (is_own) own |= bit;
      if (pattern.by_name) by_name |= bit;
      if (pattern.is_anchored) {
        anchored |= bit;
      } else {
        (is_own ? of_text : of_bytes).add(pattern, i);
      }
    }
    of_bytes.compile();
    of_text.compile();
  }
};

Masker::Masker(const std::vector<std::string>& wanted) : impl_(std::make_unique<Impl>(wanted)) {}

Masker::Masker(Masker&&) noexcept = default;
Masker& Masker::operator=(Masker&&) noexcept = default;
Masker::~Masker() = default;

Patterns Masker::candidates(std::string_view text) const {
  return impl_->anchored | impl_->of_bytes.matching(text, impl_->room) |
         impl_->of_text.matching(text, impl_->room);
}

Patterns Masker::in_ids() const noexcept { return impl_->in_ids; }

Patterns Masker::own() const noexcept { return impl_->own; }

Patterns Masker::by_name() const noexcept { return impl_->by_name; }

void Masker::find(std::string_view text, Patterns which, std::vector<Found>& found) const {
  found.clear();
  for (std::uint32_t i = 0; i < impl_->patterns.size(); ++i) {
    if ((which >> i & 1) != 0) find_one(impl_->patterns[i], i, text, found);
  }
  if (!found.empty()) join(found);
}

const std::string& Masker::name(std::uint32_t pattern) const {
  return impl_->patterns[pattern].name;
}

}  // namespace audit::redact
