#include "query/plan.hpp"

#include <audit/digest.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/words.hpp"

namespace audit::query {

namespace {

using ledger::EntryList;
using ledger::FieldIndexing;

using Words = std::vector<std::pair<std::string, bool>>;

// So many words of a phrase the index is asked for; whether the others follow, the entries say.
constexpr std::size_t kMostWordsOfPhrase = 32;

// The order in which the parts of an AND are looked up: what may spare the others comes first.
int cost_of(const match::Node& node) {
  struct Cost {
    int operator()(const match::Texts& test) const {
      const bool prefix = std::any_of(test.any_of.begin(), test.any_of.end(),
                                      [](const match::TextValue& value) { return value.prefix; });
      return prefix ? 5 : 1;
    }

    int operator()(const match::Numbers&) const { return 0; }

    int operator()(const match::Text& test) const { return test.prefix ? 6 : 2; }

    int operator()(const match::Path&) const { return 3; }

    int operator()(const match::AllOf&) const { return 4; }

    int operator()(const match::AnyOf&) const { return 7; }

    int operator()(const match::Has&) const { return 8; }

    int operator()(const match::Not&) const { return 9; }

    int operator()(const match::Hash&) const { return 9; }

    int operator()(const match::HasPayload&) const { return 9; }

    int operator()(const match::OfWhole&) const { return 9; }
  };

  return std::visit(Cost(), node.what);
}

std::string raw_bytes(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes.data()), Digest::kSize};
}

// Looks up one question in one segment.
class SegmentLookup {
 public:
  SegmentLookup(ledger::IndexView& index, std::size_t segment)
      : index_(index),
        segment_(segment),
        size_(static_cast<std::uint32_t>(index.range(segment).count())) {}

  Known look_up(const match::Node& node) {
    return std::visit([this](const auto& what) { return look_up(what); }, node.what);
  }

  [[nodiscard]] Known everything() const { return {EntrySet(size_, true), EntrySet(size_, true)}; }

 private:
  [[nodiscard]] Known nothing() const { return {EntrySet(size_), EntrySet(size_)}; }

  // For tests the index says nothing about.
  [[nodiscard]] Known anything() const { return {EntrySet(size_), EntrySet(size_, true)}; }

  // --- Operators ---

  Known look_up(const match::AllOf& all) {
    std::vector<const match::Node*> parts;
    for (const match::NodePtr& part : all.parts) parts.push_back(part.get());
    std::stable_sort(parts.begin(), parts.end(),
                     [](const auto* a, const auto* b) { return cost_of(*a) < cost_of(*b); });
    Known known = everything();
    for (const match::Node* part : parts) {
      const Known one = look_up(*part);
      known.sure.keep(one.sure);
      known.maybe.keep(one.maybe);
      if (known.maybe.empty()) break;
    }
    return known;
  }

  Known look_up(const match::AnyOf& any) {
    Known known = nothing();
    std::vector<std::uint32_t> ids;
    for (const match::NodePtr& part : any.parts) {
      const auto* texts = std::get_if<match::Texts>(&part->what);
      if (texts != nullptr && append_fingerprints(*texts, ids)) continue;  // all together below
      if (const auto* text = std::get_if<match::Text>(&part->what)) {
        add_text(*text, known);  // there may be thousands
        continue;
      }
      const Known one = look_up(*part);
      known.sure.add(one.sure);
      known.maybe.add(one.maybe);
    }
    add_id_candidates(std::move(ids), known);
    return known;
  }

  Known look_up(const match::Not& no) {
    Known known = look_up(*no.part);
    known.sure.invert();
    known.maybe.invert();
    std::swap(known.sure, known.maybe);
    return known;
  }

  // --- Words ---

  Known look_up(const match::Text& test) {
    Known known = nothing();
    add_text(test, known);
    return known;
  }

  void add_text(const match::Text& test, Known& known) {
    add_words(test, known);
    if (!test.literal.empty()) add_literal(test.literal, known);
  }

  void add_words(const match::Text& test, Known& known) {
    const match::TermWord& last = test.words.back();
    if (test.words.size() == 1 && test.prefix) {
      index_.prefix(segment_, last.text, list_);
      add_exact(known);
    } else if (test.words.size() == 1 && !last.opaque) {
      index_.word(segment_, last.text, list_);
      add_exact(known);
    } else if (test.words.size() == 1) {
      index_.id_candidates(segment_, last.text, list_);
      add_candidates(known);
    } else {
      add_phrase(test, known);
    }
  }

  void add_phrase(const match::Text& test, Known& known) {
    Words plain;
    bool opaque = false;
    bool any_plain = false;
    const bool is_long = test.words.size() > kMostWordsOfPhrase;
    for (const match::TermWord& word : test.words) {
      if (test.prefix && &word == &test.words.back()) break;
      if (plain.size() == kMostWordsOfPhrase) break;
      plain.emplace_back(word.text, word.opaque);
      opaque |= word.opaque;
      any_plain |= !word.opaque;
    }
    EntrySet found(size_, true);
    if (any_plain) {
      found = EntrySet(size_);
      index_.phrase(segment_, plain, list_);
      found.add(list_);
    }
    for (const auto& [word, is_opaque] : plain) {
      if (!is_opaque || found.empty()) continue;
      index_.id_candidates(segment_, word, list_);
      found.keep(set_of(list_));
    }
    if (test.prefix && !found.empty()) {
      index_.prefix(segment_, test.words.back().text, list_);
      found.keep(set_of(list_));
    }
    known.maybe.add(found);
    if (!opaque && !test.prefix && !is_long) known.sure.add(found);
  }

  // Entries one of whose envelope texts is this.
  void add_literal(const std::string& literal, Known& known) {
    index_.any_field(segment_, literal, list_);
    // A boolean is indexed as a word, and is no text.
    const bool boolean = literal == "true" || literal == "false";
    if (literal.size() > ledger::kMaxFieldTermBytes || boolean) {
      add_candidates(known);
    } else {
      add_exact(known);
    }
    add_id_candidates(literal, known);
  }

  // Candidates among the fields that are indexed by fingerprint.
  void add_id_candidates(const std::string& text, Known& known) {
    std::vector<std::uint32_t> ids;
    append_fingerprints(text, ids);
    add_id_candidates(std::move(ids), known);
  }

  void add_id_candidates(std::vector<std::uint32_t> ids, Known& known) {
    if (ids.empty()) return;
    index_.id_candidates(segment_, std::move(ids), list_);
    add_candidates(known);
  }

  // As text, or as a hash in digits.
  static void append_fingerprints(const std::string& text, std::vector<std::uint32_t>& ids) {
    ids.push_back(ledger::id_fingerprint(text));
    if (const auto digest = digest_from_hex(text)) {
      ids.push_back(ledger::id_fingerprint(raw_bytes(*digest)));
    }
  }

  // --- Fields ---

  Known look_up(const match::Texts& test) {
    switch (ledger::indexing_of(test.field)) {
      case FieldIndexing::term:
        return by_term(test);
      case FieldIndexing::fingerprint:
        return by_fingerprint(test);
      case FieldIndexing::none:
        break;
    }
    return anything();
  }

  Known by_term(const match::Texts& test) {
    Known known = nothing();
    for (const match::TextValue& value : test.any_of) {
      if (value.prefix) {
        add_field_prefix(test.field, value.text, known);
        continue;
      }
      index_.field(segment_, test.field, value.text, list_);
      value.text.size() > ledger::kMaxFieldTermBytes ? add_candidates(known) : add_exact(known);
    }
    return known;
  }

  Known by_fingerprint(const match::Texts& test) {
    std::vector<std::uint32_t> ids;
    if (!append_fingerprints(test, ids)) return anything();
    Known known = nothing();
    add_id_candidates(std::move(ids), known);
    return known;
  }

  // There may be thousands of ids. False for a test that fingerprints do not answer.
  static bool append_fingerprints(const match::Texts& test, std::vector<std::uint32_t>& ids) {
    if (ledger::indexing_of(test.field) != FieldIndexing::fingerprint) return false;
    const bool has_prefix = std::any_of(test.any_of.begin(), test.any_of.end(),
                                        [](const match::TextValue& value) { return value.prefix; });
    if (has_prefix) return false;
    for (const match::TextValue& value : test.any_of) append_fingerprints(value.text, ids);
    return true;
  }

  // A value too long to be a term is listed under the empty value, which no field ever holds.
  void add_field_prefix(Field field, const std::string& prefix, Known& known) {
    index_.field_prefix(segment_, field, prefix, list_);
    add_exact(known);
    index_.field(segment_, field, {}, list_);
    add_candidates(known);
  }

  Known look_up(const match::Has& test) {
    if (ledger::indexing_of(test.field) != FieldIndexing::term) return anything();
    Known known = nothing();
    add_field_prefix(test.field, {}, known);
    return known;
  }

  // --- Numbers ---

  Known look_up(const match::Numbers& test) {
    switch (test.measure) {
      case match::Measure::seq:
        return by_number(test.any_of);
      case match::Measure::when:
        return by_time(test.any_of);
      case match::Measure::received:
        return anything();
      case match::Measure::field:
        break;
    }
    if (ledger::indexing_of(test.field) != FieldIndexing::term) return anything();
    return by_boolean(test);
  }

  Known by_number(const std::vector<match::Range>& ranges) const {
    Known known = nothing();
    const auto first = static_cast<std::int64_t>(index_.range(segment_).first);
    for (const match::Range& range : ranges) {
      const std::int64_t low = std::max(range.first, first);
      const std::int64_t high = std::min(range.last, first + size_ - 1);
      if (low > high) continue;
      known.sure.add_range(static_cast<std::uint32_t>(low - first),
                           static_cast<std::uint32_t>(high - first + 1));
    }
    known.maybe = known.sure;
    return known;
  }

  // Whole blocks are in or out by their earliest and latest time.
  Known by_time(const std::vector<match::Range>& ranges) const {
    Known known = nothing();
    const auto& blocks = index_.time_blocks(segment_);
    for (std::uint32_t i = 0; i < blocks.size(); ++i) {
      const std::uint32_t first = i * ledger::kTimeBlockEntries;
      const std::uint32_t last = std::min(first + ledger::kTimeBlockEntries, size_);
      for (const match::Range& range : ranges) {
        if (blocks[i].max < range.first || blocks[i].min > range.last) continue;
        known.maybe.add_range(first, last);
        if (range.first <= blocks[i].min && blocks[i].max <= range.last) {
          known.sure.add_range(first, last);
        }
      }
    }
    return known;
  }

  Known by_boolean(const match::Numbers& test) {
    Known known = nothing();
    for (const std::int64_t value : {0, 1}) {
      const bool wanted = std::any_of(
          test.any_of.begin(), test.any_of.end(),
          [&](const match::Range& range) { return range.first <= value && value <= range.last; });
      if (!wanted) continue;
      index_.field(segment_, test.field, ledger::boolean_term(value), list_);
      add_exact(known);
    }
    return known;
  }

  // --- What is not indexed ---

  Known look_up(const match::Hash&) { return anything(); }

  Known look_up(const match::HasPayload&) { return anything(); }

  Known look_up(const match::OfWhole&) { return nothing(); }

  // The value at a path, if it must be a certain text, brings its words with it.
  Known look_up(const match::Path& test) {
    Known known = nothing();
    for (const match::PathValue& value : test.any_of) {
      Words words;
      if (value.kind == match::PathValue::Kind::text && value.text != "true" &&
          value.text != "false" && value.text != "null") {
        words = base::split_words(value.text);
      }
      if (words.empty()) return anything();
      match::Text text;
      for (auto& [word, opaque] : words) text.words.push_back({std::move(word), opaque});
      add_words(text, known);
    }
    known.sure = EntrySet(size_);
    return known;
  }

  // --- Lists to sets ---

  [[nodiscard]] EntrySet set_of(const EntryList& list) const {
    EntrySet set(size_);
    set.add(list);
    return set;
  }

  void add_exact(Known& known) const {
    known.sure.add(list_);
    known.maybe.add(list_);
  }

  void add_candidates(Known& known) const { known.maybe.add(list_); }

  ledger::IndexView& index_;
  std::size_t segment_;
  std::uint32_t size_;
  EntryList list_;  // the index's last answer
};

}  // namespace

Known look_up(const match::Node* question, ledger::IndexView& index, std::size_t segment) {
  SegmentLookup lookup(index, segment);
  return question != nullptr ? lookup.look_up(*question) : lookup.everything();
}

}  // namespace audit::query
