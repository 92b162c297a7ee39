#include "known_index.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "state_file.hpp"

namespace audit::cli {

namespace {

namespace fs = std::filesystem;

// What is remembered of one ledger: many times what its index has parts.
constexpr std::size_t kMaxParts = 2048;
constexpr std::size_t kMaxFileBytes = 512 * 1024;
constexpr std::string_view kFolder = "index";
constexpr std::string_view kFirstLine = "agent-audit known index 1\n";

// The words of a line.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    const std::size_t end = line.find(' ');
    words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return words;
    line.remove_prefix(end + 1);
  }
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<IndexBasis> basis_of(std::string_view word) {
  for (const IndexBasis basis : {IndexBasis::verified, IndexBasis::made}) {
    if (word == to_string(basis)) return basis;
  }
  return std::nullopt;
}

std::string line_of(const KnownPart& part) {
  return fmt::format("{} {} {} {} {} {} {}\n", to_string(part.basis), to_rfc3339(part.when),
                     part.segment.range.first, part.segment.range.last, to_hex(part.segment.digest),
                     part.size, to_hex(part.last_hash));
}

std::optional<KnownPart> parse_part(std::string_view line) {
  const std::vector<std::string_view> words = words_of(line);
  if (words.size() != 7) return std::nullopt;
  const auto basis = basis_of(words[0]);
  const auto when = parse_timestamp(words[1]);
  const auto first = number(words[2]);
  const auto last = number(words[3]);
  const auto digest = digest_from_hex(words[4]);
  const auto size = number(words[5]);
  const auto last_hash = digest_from_hex(words[6]);
  if (!basis || !when || !first || !last || !digest || !size || !last_hash) return std::nullopt;
  if (*first >= *last || *last > *size) return std::nullopt;
  return KnownPart{{{*first, *last}, *digest}, *basis, *when, *size, *last_hash};
}

bool is_same(const IndexSegment& a, const IndexSegment& b) {
  return a.range.first == b.range.first && a.range.last == b.range.last && a.digest == b.digest;
}

bool covers(const IndexSegment& a, const IndexSegment& b) {
  return a.range.first <= b.range.first && b.range.last <= a.range.last;
}

}  // namespace

std::string_view to_string(IndexBasis basis) noexcept {
  return basis == IndexBasis::verified ? "verified" : "made";
}

KnownIndex KnownIndex::read(const Context& context, const std::string& ledger_id) {
  const fs::path file = state_file(context, kFolder, ledger_id);
  if (file.empty()) return {};
  const std::optional<std::string> text = read_state(file, kMaxFileBytes);
  return text ? parse(*text).value_or(KnownIndex()) : KnownIndex();
}

const KnownPart* KnownIndex::find(const IndexSegment& segment, const HashOf& hash_of) {
  const auto known = std::find_if(parts_.begin(), parts_.end(), [&](const KnownPart& part) {
    return is_same(part.segment, segment) && is_right(part, hash_of);
  });
  return known == parts_.end() ? nullptr : &*known;
}

bool KnownIndex::is_right(const KnownPart& part, const HashOf& hash_of) {
  const auto [state, is_new] = is_state_.try_emplace({part.size, part.last_hash});
  if (is_new) state->second = hash_of(part.size - 1) == part.last_hash;
  return state->second;
}

void KnownIndex::add(const IndexState& state, IndexBasis basis, Timestamp when) {
  std::vector<KnownPart> parts;
  for (const IndexSegment& segment : state.segments) {
    parts.push_back({segment, basis, when, state.size, state.last_hash});
  }
  add_in_place_of_covered(parts);
}

void KnownIndex::add_in_place_of_covered(const std::vector<KnownPart>& fresh) {
  std::vector<KnownPart> parts = fresh;
  for (const KnownPart& part : parts_) {
    const bool is_covered = std::any_of(fresh.begin(), fresh.end(), [&](const KnownPart& newer) {
      return covers(newer.segment, part.segment);
    });
    if (!is_covered && parts.size() < kMaxParts) parts.push_back(part);
  }
  parts_ = std::move(parts);
}

void KnownIndex::add_merged(const IndexState& state, const HashOf& hash_of) {
  for (const IndexState::Merge& merge : state.merges) {
    std::optional<KnownPart> whole;
    for (const IndexSegment& segment : merge.parts) {
      const KnownPart* const part = find(segment, hash_of);
      if (part == nullptr) {
        whole.reset();
        break;
      }
      if (!whole) whole = {merge.whole, part->basis, part->when, state.size, state.last_hash};
      if (part->basis == IndexBasis::made) whole->basis = IndexBasis::made;
      whole->when = std::min(whole->when, part->when);
    }
    if (whole) add_in_place_of_covered({*whole});
  }
}

std::string KnownIndex::text() const {
  std::string text(kFirstLine);
  for (const KnownPart& part : parts_) text += line_of(part);
  return text;
}

std::optional<KnownIndex> KnownIndex::parse(std::string_view text) {
  if (!text.starts_with(kFirstLine)) return std::nullopt;
  text.remove_prefix(kFirstLine.size());
  KnownIndex known;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || known.parts_.size() == kMaxParts) return std::nullopt;
    const std::optional<KnownPart> part = parse_part(text.substr(0, end));
    if (!part) return std::nullopt;
    known.parts_.push_back(*part);
    text.remove_prefix(end + 1);
  }
  return known;
}

void remember(const Context& context, const IndexState& state, IndexBasis basis,
              const KnownIndex::HashOf& hash_of) {
  const fs::path file = state_file(context, kFolder, state.ledger_id);
  if (file.empty() || (state.segments.empty() && state.merges.empty())) return;
  KnownIndex known = KnownIndex::read(context, state.ledger_id);
  known.add(state, basis, context.clock());
  known.add_merged(state, hash_of);
  replace_state(file, known.text());
}

}  // namespace audit::cli
