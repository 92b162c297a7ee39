#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "match/query.hpp"

namespace audit::match {

namespace {

template <class List>
void flatten_into(std::vector<NodePtr>& out, const std::vector<NodePtr>& parts) {
  for (const NodePtr& part : parts) {
    if (const auto* list = std::get_if<List>(&part->what)) {
      out.insert(out.end(), list->parts.begin(), list->parts.end());
    } else {
      out.push_back(part);
    }
  }
}

// What tests of the same thing have in common: their `any_of` may be joined under OR.
struct Subject {
  std::size_t kind;  // index in Node::What
  int detail;        // the field or measure
  std::string_view path;

  friend auto operator<=>(const Subject&, const Subject&) = default;
};

bool subject_of(const Node& node, Subject& subject) {
  subject = {node.what.index(), 0, {}};
  if (const auto* texts = std::get_if<Texts>(&node.what)) {
    subject.detail = static_cast<int>(texts->field);
  } else if (const auto* numbers = std::get_if<Numbers>(&node.what)) {
    // Measures take the numbers below the fields'.
    subject.detail = numbers->measure == Measure::field ? static_cast<int>(numbers->field)
                                                        : -static_cast<int>(numbers->measure);
  } else if (const auto* path = std::get_if<Path>(&node.what)) {
    subject.path = path->path;
  } else if (!std::holds_alternative<Hash>(node.what)) {
    return false;
  }
  return true;
}

template <class Test>
void append_values(Node& to, const Node& from) {
  auto& values = std::get<Test>(to.what).any_of;
  const auto& more = std::get<Test>(from.what).any_of;
  values.insert(values.end(), more.begin(), more.end());
}

void append_any_of(Node& to, const Node& from) {
  if (std::holds_alternative<Texts>(to.what)) return append_values<Texts>(to, from);
  if (auto* numbers = std::get_if<Numbers>(&to.what)) {
    numbers->one_by_one &= std::get<Numbers>(from.what).one_by_one;
    return append_values<Numbers>(to, from);
  }
  if (std::holds_alternative<Path>(to.what)) return append_values<Path>(to, from);
  append_values<Hash>(to, from);
}

using WordTest = std::tuple<std::vector<std::string_view>, bool, std::string_view>;

WordTest word_test_of(const Text& text) {
  std::vector<std::string_view> words;
  for (const TermWord& word : text.words) words.push_back(word.text);
  return {std::move(words), text.prefix, text.literal};
}

// Joins the tests of one subject, each at the place of the first; of equal tests of words the first
// stays.
std::vector<NodePtr> join_tests(const std::vector<NodePtr>& parts) {
  std::vector<NodePtr> joined;
  std::map<Subject, std::shared_ptr<Node>> tests;
  std::set<WordTest> words;
  for (const NodePtr& part : parts) {
    const auto* text = std::get_if<Text>(&part->what);
    if (text != nullptr && !words.insert(word_test_of(*text)).second) continue;
    Subject subject{};
    if (!subject_of(*part, subject)) {
      joined.push_back(part);
      continue;
    }
    const auto [at, is_new] = tests.try_emplace(subject);
    if (is_new) {
      at->second = std::make_shared<Node>(*part);
      joined.push_back(at->second);
    } else {
      append_any_of(*at->second, *part);
    }
  }
  for (const auto& [subject, node] : tests) {
    if (auto* numbers = std::get_if<Numbers>(&node->what)) normalize(numbers->any_of);
  }
  return joined;
}

}  // namespace

void normalize(std::vector<Range>& ranges) {
  std::erase_if(ranges, [](const Range& range) { return range.first > range.last; });
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.first < b.first; });
  std::vector<Range> joined;
  for (const Range& range : ranges) {
    // last + 1 cannot overflow: a range that ends at the maximum swallows all that follow it.
    if (!joined.empty() && (joined.back().last == std::numeric_limits<std::int64_t>::max() ||
                            range.first <= joined.back().last + 1)) {
      joined.back().last = std::max(joined.back().last, range.last);
    } else {
      joined.push_back(range);
    }
  }
  ranges = std::move(joined);
}

NodePtr all_of(std::vector<NodePtr> parts, Span span) {
  if (parts.size() == 1) return parts.front();
  AllOf all;
  flatten_into<AllOf>(all.parts, parts);
  return std::make_shared<Node>(Node{std::move(all), span});
}

NodePtr any_of(std::vector<NodePtr> parts, Span span) {
  if (parts.size() == 1) return parts.front();
  std::vector<NodePtr> flat;
  flatten_into<AnyOf>(flat, parts);
  std::vector<NodePtr> joined = join_tests(flat);
  if (joined.size() == 1) return joined.front();
  return std::make_shared<Node>(Node{AnyOf{std::move(joined)}, span});
}

NodePtr both(const NodePtr& a, const NodePtr& b) {
  if (a == nullptr) return b;
  if (b == nullptr) return a;
  return all_of({a, b}, a->span);
}

}  // namespace audit::match
