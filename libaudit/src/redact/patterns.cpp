#include "redact/patterns.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "redact/checks.hpp"

namespace audit::redact {

namespace {

// A pattern may take so much memory; RE2 begins anew where it would need more.
constexpr std::int64_t kPatternBytes = std::int64_t{8} << 20;

// a@b.cc, and addresses as redact/checks takes them: no kind has less.
constexpr std::size_t kShortestFind = 6;

Pattern pattern_of(const Kind& kind) {
  auto re = std::make_unique<RE2>(re2::StringPiece(kind.pattern.data(), kind.pattern.size()),
                                  pattern_options(false));
  if (!re->ok()) throw Error(ErrorCode::internal, "a pattern is wrong: " + re->error());
  Pattern pattern;
  pattern.name = kind.name;
  pattern.hint = kind.hint.empty() ? kind.pattern : kind.hint;
  pattern.shortest = kShortestFind;
  pattern.needs = kind.needs;
  pattern.re = std::move(re);
  pattern.find = kind.find;
  pattern.edge = kind.edge;
  pattern.in_ids = kind.in_ids;
  pattern.by_name = kind.by_name;
  return pattern;
}

bool is_name(std::string_view name) {
  constexpr std::size_t kLongest = 32;
  return !name.empty() && name.size() <= kLongest && find_kind(name) == nullptr && name != "all" &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

bool is_anchored(std::string_view pattern) {
  constexpr std::array<std::string_view, 4> kAnchors = {"^", "$", "\\A", "\\z"};
  return std::any_of(kAnchors.begin(), kAnchors.end(), [pattern](std::string_view anchor) {
    return pattern.find(anchor) != std::string_view::npos;
  });
}

Pattern own_pattern(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  const std::string shown = base::escape_controls(name);
  if (!is_name(name)) {
    throw Error(ErrorCode::invalid_argument,
                fmt::format("'{}' cannot be the name of a pattern", shown),
                "want 1 to 32 of a-z, 0-9, '-', '_', and not a kind: order=O-[0-9]{6}");
  }
  const std::string pattern = text.substr(equals + 1);
  auto re = std::make_unique<RE2>(pattern, pattern_options(true));
  if (!re->ok()) {
    throw Error(
        ErrorCode::invalid_argument,
        fmt::format("the pattern '{}' is wrong: {}", shown, base::escape_controls(re->error())),
        "the syntax is that of RE2: https://github.com/google/re2/wiki/Syntax");
  }
  if (re->Match("", 0, 0, RE2::UNANCHORED, nullptr, 0)) {
    throw Error(ErrorCode::invalid_argument,
                fmt::format("the pattern '{}' fits an empty text, and so every text", shown),
                "want a pattern of at least one character: order=O-[0-9]{6}");
  }
  Pattern own;
  own.name = name;
  own.hint = pattern;
  own.re = std::move(re);
  own.is_anchored = is_anchored(pattern);
  return own;
}

[[noreturn]] void refuse_kind(const std::string& name) {
  std::string all;
  for (const Kind& kind : kinds()) {
    if (!kind.meaning.empty()) all += fmt::format("{}, ", kind.name);
  }
  throw Error(ErrorCode::invalid_argument,
              fmt::format("nothing of the kind '{}' can be masked", base::escape_controls(name)),
              fmt::format("want {}all or NAME=PATTERN", all));
}

// A further pattern of one's own name is one more; a kind is there once.
void add(std::vector<Pattern>& patterns, const std::string& wanted) {
  if (wanted.find('=') != std::string::npos) return patterns.push_back(own_pattern(wanted));
  if (wanted != "all" && find_kind(wanted) == nullptr) refuse_kind(wanted);
  std::vector<Pattern> more;
  for (const Kind& kind : kinds()) {
    const bool is_there =
        std::any_of(patterns.begin(), patterns.end(),
                    [&kind](const Pattern& pattern) { return pattern.name == kind.name; });
    if (!is_there && (wanted == "all" || wanted == kind.name)) more.push_back(pattern_of(kind));
  }
  std::move(more.begin(), more.end(), std::back_inserter(patterns));
}

}  // namespace

RE2::Options pattern_options(bool is_own) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternBytes);
  if (!is_own) options.set_encoding(RE2::Options::EncodingLatin1);
  return options;
}

std::vector<Pattern> compile_patterns(const std::vector<std::string>& wanted) {
  std::vector<Pattern> patterns;
  for (const std::string& one : wanted) add(patterns, one);
  if (patterns.size() > kMaxPatterns) {
    throw Error(ErrorCode::invalid_argument,
                fmt::format("{} patterns are more than {}", patterns.size(), kMaxPatterns),
                "join some: order=O-[0-9]{6}|P-[0-9]{8}");
  }
  return patterns;
}

}  // namespace audit::redact
