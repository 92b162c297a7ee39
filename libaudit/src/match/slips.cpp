#include "match/slips.hpp"

#include <algorithm>
#include <variant>

#include "base/nearest.hpp"
#include "event/kind.hpp"

namespace audit::match {

namespace {

bool is_possible(const TextValue& value, std::span<const std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&value](std::string_view word) {
    return value.prefix ? word.starts_with(value.text) : word == value.text;
  });
}

void look_at(const Texts& test, Span span, std::vector<Slip>& out) {
  const auto words = event::closed_words(test.field);
  for (const TextValue& value : test.any_of) {
    if (!words.empty() && !is_possible(value, words)) {
      base::Nearest nearest(value.text);
      for (const std::string_view word : words) nearest.consider(word);
      out.push_back({test.field, value.text, std::string(nearest.best()), true, span});
    }
    if (test.field != Field::type || value.prefix) continue;
    const std::string_view near = event::nearest_kind(value.text);
    if (!near.empty()) out.push_back({test.field, value.text, std::string(near), false, span});
  }
}

void walk(const Node& node, std::vector<Slip>& out) {
  if (const auto* all = std::get_if<AllOf>(&node.what)) {
    for (const NodePtr& part : all->parts) walk(*part, out);
  } else if (const auto* any = std::get_if<AnyOf>(&node.what)) {
    for (const NodePtr& part : any->parts) walk(*part, out);
  } else if (const auto* no = std::get_if<Not>(&node.what)) {
    walk(*no->part, out);
  } else if (const auto* test = std::get_if<Texts>(&node.what)) {
    look_at(*test, node.span, out);
  }
}

}  // namespace

std::vector<Slip> slips_in(const Node& root) {
  std::vector<Slip> slips;
  walk(root, slips);
  return slips;
}

}  // namespace audit::match
