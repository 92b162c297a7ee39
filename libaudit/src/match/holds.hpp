// match/holds.hpp - does a tree of tests hold of something that is no entry: a run, a call?
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "match/query.hpp"

namespace audit::match {

[[nodiscard]] inline bool is_one_of(std::string_view text, const std::vector<TextValue>& values) {
  return std::any_of(values.begin(), values.end(), [text](const TextValue& value) {
    return value.prefix ? text.starts_with(value.text) : text == value.text;
  });
}

[[nodiscard]] inline bool is_within(std::int64_t number, const std::vector<Range>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(), [number](const Range& range) {
    return range.first <= number && number <= range.last;
  });
}

//   leaf   bool(const OfWhole&); a leaf of any other kind holds of nothing
template <class Leaf>
[[nodiscard]] bool holds(const Node& node, const Leaf& leaf) {
  const auto each = [&](const NodePtr& part) { return holds(*part, leaf); };
  if (const auto* all = std::get_if<AllOf>(&node.what)) {
    return std::all_of(all->parts.begin(), all->parts.end(), each);
  }
  if (const auto* any = std::get_if<AnyOf>(&node.what)) {
    return std::any_of(any->parts.begin(), any->parts.end(), each);
  }
  if (const auto* no = std::get_if<Not>(&node.what)) return !holds(*no->part, leaf);
  const auto* test = std::get_if<OfWhole>(&node.what);
  return test != nullptr && leaf(*test);
}

}  // namespace audit::match
