#include "match/text_terms.hpp"

#include <audit/digest.hpp>

#include <array>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/words.hpp"
#include "event/kind.hpp"
#include "match/mistake.hpp"
#include "match/values.hpp"

namespace audit::match {

namespace {

// --- Words of the payload ---

// The blank keeps a term that looks like a time from being taken for the whole of a text, which has
// no words.
std::vector<TermWord> words_of(std::string_view text) {
  std::vector<TermWord> words;
  for (auto& [word, opaque] : base::split_words(fmt::format(" {}", text))) {
    words.push_back({std::move(word), opaque});
  }
  return words;
}

// True if a star behind `text` continues its last word, rather than standing alone.
bool continues_word(std::string_view text, std::size_t words) {
  return words_of(fmt::format("{}a", text)).size() == words;
}

// --- Values of fields ---

constexpr std::array<std::string_view, 4> kRisks = {"low", "medium", "high", "critical"};

void add_risks(const Range& ranks, Texts& test) {
  for (std::size_t i = 0; i < kRisks.size(); ++i) {
    const auto rank = static_cast<std::int64_t>(i);
    if (ranks.first <= rank && rank <= ranks.last) {
      test.any_of.push_back({std::string(kRisks[i]), false});
    }
  }
}

// A family of kinds: its name, and all that begins with it and a dot.
void add_family(std::string_view name, Texts& test) {
  test.any_of.push_back({std::string(name), false});
  test.any_of.push_back({fmt::format("{}.", name), true});
}

void add_kind_prefix(std::string_view prefix, Texts& test) {
  if (!prefix.ends_with('.')) return test.any_of.push_back({std::string(prefix), true});
  prefix.remove_suffix(1);
  const std::string_view family = event::kind_family(prefix);
  add_family(family.empty() ? prefix : family, test);
}

// A word may name a family and stand for a kind besides: "guardrail" is the family of
// guardrail.block and, in input, a policy.decision.
void add_kind(std::string_view word, Texts& test) {
  const std::string_view family = event::kind_family(word);
  const std::string_view kind = event::canonical_kind(word);
  if (!family.empty()) add_family(family, test);
  if (kind == "approval") {
    if (family.empty()) add_family(kind, test);
  } else if (family.empty() || kind != word) {
    test.any_of.push_back({std::string(kind), false});
  }
}

// Hexadecimal digits for what is stored as a hash, and the text itself for what is stored so.
void add_hash(const ValueToken& value, Texts& test) {
  test.any_of.push_back({value.text, value.star});
  std::string digits = base::to_lower_ascii(value.text);
  if (const auto digest = digest_from_base64(value.text)) digits = to_hex(*digest);
  if (digits != value.text) test.any_of.push_back({std::move(digits), value.star});
}

// The word that is stored for `word` in a field with a vocabulary, else `word`.
std::string stored_word(Field field, std::string_view word) {
  std::string_view known;
  switch (field) {
    case Field::status:
      known = event::canonical_status(word);
      break;
    case Field::decision:
      known = event::canonical_decision(word);
      break;
    case Field::approval:
      known = event::canonical_approval(word);
      break;
    case Field::risk:
      known = event::canonical_risk(word);
      break;
    case Field::provider:
      return event::canonical_provider(word);
    default:
      break;
  }
  return std::string(known.empty() ? word : known);
}

void add_value(Field field, const ValueToken& value, Texts& test) {
  if (info(field).type == FieldType::hash) return add_hash(value, test);
  if (field == Field::type) {
    return value.star ? add_kind_prefix(value.text, test) : add_kind(value.text, test);
  }
  test.any_of.push_back({value.star ? value.text : stored_word(field, value.text), value.star});
}

}  // namespace

Parsed<Text> parse_words(std::string_view text, bool star, std::string literal, Span span) {
  Text test;
  test.words = words_of(text);
  if (test.words.empty()) {
    return refuse(span, fmt::format("nothing to look for in {}", shown(text)),
                  "words are made of letters and digits; other characters are not searched");
  }
  test.prefix = star && continues_word(text, test.words.size());
  test.literal = std::move(literal);
  return test;
}

Parsed<Texts> parse_texts(Field field, const std::vector<ValueToken>& values) {
  Texts test{field, {}};
  for (const ValueToken& value : values) {
    const bool ordered = value.comparison != Comparison::none;
    if (field == Field::risk && (ordered || sides_of(value))) {
      const Parsed<Range> ranks = range_of(value, risk_bound);
      if (!ranks) return tl::make_unexpected(ranks.error());
      add_risks(*ranks, test);
    } else if (ordered) {
      const std::string_view name = name_of(field);
      return refuse(value.span, fmt::format("'{}' is text, which has no order", name),
                    fmt::format("write {0}:value, or {0}:val* for a beginning", name));
    } else {
      add_value(field, value, test);
    }
  }
  return test;
}

}  // namespace audit::match
