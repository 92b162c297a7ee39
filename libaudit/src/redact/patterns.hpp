// redact/patterns.hpp - what is wanted as compiled patterns: of the kinds, and of one's own.
//
// This and masker.cpp are the two places that know RE2.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <re2/re2.h>

#include "redact/checks.hpp"
#include "redact/kinds.hpp"

namespace audit::redact {

struct Pattern {
  std::string name;
  std::unique_ptr<RE2> re;
  std::size_t shortest = 1;  // a text with fewer bytes has no find
  std::string_view needs;    // a find holds one of these bytes; empty: any
  std::string hint;          // a pattern that fits wherever `re` may find something
  std::string_view (*find)(std::string_view) = find_all;
  Kind::Edge edge = Kind::Edge::any;
  bool in_ids = false;
  bool by_name = false;
  // Where a text ends says nothing about where it was cut out of: `^` in an own pattern.
  bool is_anchored = false;
};

// Patterns at most.
inline constexpr std::size_t kMaxPatterns = 64;

// With patterns of bytes text that is not UTF-8 is masked, too; an own pattern is of UTF-8.
[[nodiscard]] RE2::Options pattern_options(bool is_own);

// What `wanted` names: kinds, "all" of them, or NAME=PATTERN. By rank.
//   throws    invalid_argument: no such kind, or no pattern
[[nodiscard]] std::vector<Pattern> compile_patterns(const std::vector<std::string>& wanted);

}  // namespace audit::redact
