#include "verify/entry_sum.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "crypto/random.hpp"
#include "event/text.hpp"

namespace audit::verify {

PostingKey::PostingKey() {
  crypto::random_bytes(keys_.data(), sizeof keys_);
  crypto::random_bytes(lengths_.data(), sizeof lengths_);
}

// Sixteen bytes at a time; what is left, or all of a short text, with its length.
std::uint64_t PostingKey::text_number(std::string_view text, std::uint64_t key) const noexcept {
  if (text.size() > kShortBytes) key ^= multiply(text.size(), keys_[7]);
  for (; text.size() > kShortBytes; text.remove_prefix(kShortBytes)) {
    key = multiply(base::load_be64(text.data()) ^ key, base::load_be64(text.data() + 8) ^ keys_[3]);
  }
  std::array<char, kShortBytes> rest{};
  std::copy(text.begin(), text.end(), rest.begin());
  return short_number(rest.data(), text.size(), key);
}

std::uint64_t PostingKey::spelled(std::string_view term) const noexcept {
  if (term.front() == static_cast<char>(ledger::TermKind::word)) return word(term.substr(1));
  return field(static_cast<Field>(term.back()), term.substr(1, term.size() - 3));
}

std::size_t IndexLayout::segment_of(std::uint64_t seq) const noexcept {
  const auto found = std::partition_point(segments.begin(), segments.end(),
                                          [&](const auto& segment) { return segment.last <= seq; });
  return static_cast<std::size_t>(found - segments.begin());
}

void IndexPart::add(const IndexLayout& layout, std::uint64_t seq, const PostingSum& sum,
                    std::int64_t when) {
  const std::uint64_t number = seq / kSumBlockEntries;
  if (blocks.empty() || blocks.back().number != number) blocks.push_back({number, {}});
  blocks.back().sum += sum;

  const bool same_segment = !times.empty() && layout.segments[times.back().segment].last > seq;
  const std::size_t segment = same_segment ? times.back().segment : layout.segment_of(seq);
  const auto block =
      static_cast<std::size_t>((seq - layout.segments[segment].first) / ledger::kTimeBlockEntries);
  if (!same_segment || times.back().block != block) times.push_back({segment, block, {}});
  auto& span = times.back().times;
  span.min = std::min(span.min, when);
  span.max = std::max(span.max, when);
}

PostingSum EntryTerms::sum(const ledger::EntryRow& row, const PostingKey& key) {
  key_ = &key;
  seq_ = static_cast<std::uint64_t>(row.seq);
  sum_ = {};
  ids_.clear();
  lists_.clear();
  for (const Envelope::Value& value : row.own) add_field(value);
  row.each_common([&](const Envelope::Value& value) { add_field(value); });
  if (row.has_payload) add_payload(row.payload);
  add_ids();
  return sum_;
}

void EntryTerms::add_field(const Envelope::Value& value) {
  switch (ledger::indexing_of(value.field)) {
    case ledger::FieldIndexing::none:
      return;
    case ledger::FieldIndexing::fingerprint:
      ids_.push_back(ledger::id_fingerprint(value.text));
      return;
    case ledger::FieldIndexing::term:
      break;
  }
  std::string_view text =
      value.kind == ValueKind::integer ? ledger::boolean_term(value.number) : value.text;
  if (text.size() > ledger::kMaxFieldTermBytes) {
    ids_.push_back(ledger::id_fingerprint(text));
    text = {};  // the term of all long values
  }
  const std::uint64_t term = key_->field(value.field, text);
  if (info(value.field).type == FieldType::list) {  // an element that is there twice is one posting
    if (std::find(lists_.begin(), lists_.end(), term) != lists_.end()) return;
    lists_.push_back(term);
  }
  sum_ += key_->posting(term, seq_, PostingKey::kNoPosition);
}

void EntryTerms::add_payload(std::string_view payload) {
  text_.clear();
  event::append_payload_text(json_, payload, text_);
  const PostingKey& key = *key_;
  PostingSum sum;  // here, where it may stay in registers
  event::split_text(splitter_, text_,
                    [&](std::string_view word, bool opaque, std::uint32_t position) {
                      if (opaque) {
                        ids_.push_back(ledger::id_fingerprint(word));
                      } else {
                        sum += key.posting(key.readable_word(word), seq_, position);
                      }
                    });
  sum_ += sum;
}

void EntryTerms::add_ids() {
  std::sort(ids_.begin(), ids_.end());
  ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
  for (const std::uint32_t fingerprint : ids_) {
    sum_ += key_->posting(key_->id(fingerprint), seq_, PostingKey::kNoPosition);
  }
}

std::int64_t when(const ledger::EntryRow& row) noexcept {
  std::int64_t happened = row.received;
  row.each_common([&](const Envelope::Value& value) {
    if (value.field == Field::time) happened = value.number;
  });
  return happened;
}

}  // namespace audit::verify
