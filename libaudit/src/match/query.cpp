#include "match/query.hpp"

#include <audit/query.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

#include "match/content.hpp"
#include "match/mistake.hpp"
#include "match/outline.hpp"
#include "match/parser.hpp"
#include "match/predicate.hpp"

namespace audit::match {

bool names_system_kind(std::string_view kind) { return kind == "sys" || kind.starts_with("sys."); }

namespace {

Parsed<Query> about_entries(const Parsed<NodePtr>& root) {
  if (!root) return tl::make_unexpected(root.error());
  const Node* of_run = *root != nullptr ? first_of(Whole::run, **root) : nullptr;
  if (of_run != nullptr) {
    return refuse(of_run->span, "this is about whole runs, and entries are asked for",
                  "audit search --runs lists runs");
  }
  Parsed<Halves> halves = split(*root, Whole::call);
  if (!halves) return tl::make_unexpected(std::move(halves.error()));
  return Query(std::move(halves->entries), std::move(halves->whole));
}

bool names_system_entries(const Node& node);

bool any_names_system_entries(const std::vector<NodePtr>& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [](const NodePtr& part) { return names_system_entries(*part); });
}

// What stands behind a NOT is left out anyway.
bool names_system_entries(const Node& node) {
  if (const auto* all = std::get_if<AllOf>(&node.what)) return any_names_system_entries(all->parts);
  if (const auto* any = std::get_if<AnyOf>(&node.what)) return any_names_system_entries(any->parts);
  if (const auto* text = std::get_if<Text>(&node.what)) return names_system_kind(text->literal);
  const auto* texts = std::get_if<Texts>(&node.what);
  return texts != nullptr && texts->field == Field::type &&
         std::any_of(texts->any_of.begin(), texts->any_of.end(), [](const TextValue& value) {
           return names_system_kind(value.text) || (value.prefix && value.text == "sys");
         });
}

// A test that picks entries by their own number or hash, one by one.
bool picks_single_entries(const Node& node) {
  if (std::holds_alternative<Hash>(node.what)) return true;
  const auto* numbers = std::get_if<Numbers>(&node.what);
  return numbers != nullptr && numbers->measure == Measure::seq && numbers->one_by_one;
}

bool asks_for_single_entries(const Node& node) {
  if (picks_single_entries(node)) return true;
  const auto* all = std::get_if<AllOf>(&node.what);
  return all != nullptr &&
         std::any_of(all->parts.begin(), all->parts.end(),
                     [](const NodePtr& part) { return picks_single_entries(*part); });
}

void append_words(const Node& node, std::vector<std::string>& out) {
  if (const auto* all = std::get_if<AllOf>(&node.what)) {
    for (const NodePtr& part : all->parts) append_words(*part, out);
  } else if (const auto* any = std::get_if<AnyOf>(&node.what)) {
    for (const NodePtr& part : any->parts) append_words(*part, out);
  } else if (const auto* text = std::get_if<Text>(&node.what)) {
    std::string phrase;
    for (const TermWord& word : text->words) {
      if (!phrase.empty()) phrase += ' ';
      phrase += word.text;
    }
    if (text->prefix) phrase += '*';
    out.push_back(std::move(phrase));
  }
}

}  // namespace

}  // namespace audit::match

namespace audit {

Query Query::and_also(const Query& other) const {
  return Query(match::both(root_, other.root_), match::both(calls_, other.calls_));
}

bool Query::asks_for_system_entries() const {
  return root_ != nullptr &&
         (match::names_system_entries(*root_) || match::asks_for_single_entries(*root_));
}

std::optional<ParseError> Query::asks_about_content() const {
  // What belongs to a call is found by hashes of its content, too.
  const match::Node* part = calls_.get();
  if (root_ != nullptr) {
    if (const match::Node* in_entry = match::first_about_content(*root_)) part = in_entry;
  }
  if (part == nullptr) return std::nullopt;
  return ParseError{part->span.offset, part->span.length,
                    "this asks about content, which the redacted view withholds",
                    "ask about other fields of the envelope: audit-query(7)"};
}

std::string Query::outline() const {
  return match::outline(calls_ == nullptr ? root_.get() : match::both(root_, calls_).get());
}

bool Query::matches(const Entry& entry) const { return match::Predicate(root()).matches(entry); }

std::vector<std::string> Query::words() const {
  std::vector<std::string> words;
  if (root_ != nullptr) match::append_words(*root_, words);
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

Parsed<Query> parse_query(std::string_view text, Timestamp now) {
  return match::about_entries(match::parse(text, now));
}

Parsed<Query> make_filter(std::string_view field, std::string_view value, Timestamp now) {
  return match::about_entries(match::parse_filter(field, value, now));
}

}  // namespace audit
