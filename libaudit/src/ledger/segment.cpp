#include "ledger/segment.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/bytes.hpp"
#include "crypto/siphash.hpp"
#include "event/text.hpp"
#include "ledger/segment_writer.hpp"

namespace audit::ledger {

namespace {

constexpr std::size_t kFirstTableSlots = std::size_t{1} << 16;
// What a builder may hold before its segment is finished: together with what finishing needs, and
// with the vectors' room to grow, that stays under 120 MiB.
constexpr std::size_t kMaxBuilderBytes = std::size_t{64} << 20;

// A word of the text in hand takes no more, its kind and what a fixed copy overruns included.
constexpr std::size_t kShortWordBytes = 16;
constexpr std::size_t kMaxTokenBytes = 1 + base::kMaxWordBytes + kShortWordBytes;

constexpr std::array<std::uint32_t, 7> kSliceBytes{12, 20, 36, 68, 132, 260, 516};

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) noexcept {
  hash = (hash ^ word) * 0xd6e8feb86659fd93U;
  return hash ^ hash >> 32;
}

// A hash of the table in memory; nothing depends on which.
std::uint32_t hash_bytes(std::string_view text) noexcept {
  const char* at = text.data();
  const std::size_t size = text.size();
  std::uint64_t hash = size * 0x9e3779b97f4a7c15U;
  if (size >= 8) {
    for (std::size_t i = 0; i + 8 < size; i += 8) hash = mix(hash, base::load_be64(at + i));
    hash = mix(hash, base::load_be64(at + size - 8));
  } else if (size >= 4) {
    hash = mix(hash, std::uint64_t{base::load_be32(at)} << 32 | base::load_be32(at + size - 4));
  } else {
    for (std::size_t i = 0; i < size; ++i) hash = hash << 8 ^ static_cast<unsigned char>(at[i]);
    hash = mix(hash, 0);
  }
  return static_cast<std::uint32_t>(hash * 0x9e3779b97f4a7c15U >> 32);
}

bool same_bytes(const char* a, const char* b, std::size_t size) noexcept {
  if (size >= 8) {
    for (std::size_t i = 0; i + 8 < size; i += 8) {
      if (base::load_be64(a + i) != base::load_be64(b + i)) return false;
    }
    return base::load_be64(a + size - 8) == base::load_be64(b + size - 8);
  }
  if (size >= 4)
    return base::load_be32(a) == base::load_be32(b) &&
           base::load_be32(a + size - 4) == base::load_be32(b + size - 4);
  for (std::size_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

// Sorts by fingerprint, which is the upper half of each; those of one are in order already.
void sort_ids(std::vector<std::uint64_t>& ids) {
  constexpr unsigned kDigitBits = 11;
  constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;
  std::vector<std::uint64_t> sorted;
  sorted.reserve(ids.capacity());
  sorted.resize(ids.size());
  for (unsigned shift = 32; shift < 64; shift += kDigitBits) {
    const auto digit = [&](std::uint64_t id) { return id >> shift & (kDigits - 1); };
    std::array<std::size_t, kDigits + 1> place{};
    for (const std::uint64_t id : ids) ++place[digit(id) + 1];
    for (std::size_t i = 1; i < kDigits; ++i) place[i] += place[i - 1];
    for (const std::uint64_t id : ids) sorted[place[digit(id)]++] = id;
    ids.swap(sorted);
  }
}

}  // namespace

FieldIndexing indexing_of(Field field) noexcept {
  switch (field) {
    case Field::event_id:
    case Field::trace:
    case Field::span:
    case Field::parent:
    case Field::links:
    case Field::request_id:
    case Field::correlation_id:
    case Field::tool_call_id:
    case Field::resource:
    case Field::error:
    case Field::reason:
    case Field::intent:
    case Field::payload_hash:
    case Field::shown_hash:
    case Field::prompt_hash:
    case Field::digest:
      return FieldIndexing::fingerprint;
    default:
      break;
  }
  switch (info(field).type) {
    case FieldType::integer:
    case FieldType::time:
      return FieldIndexing::none;
    default:
      return FieldIndexing::term;
  }
}

std::string word_term(std::string_view folded) {
  std::string term(1, static_cast<char>(TermKind::word));
  return term.append(folded);
}

std::string field_term(Field field, std::string_view value) {
  std::string term(1, static_cast<char>(TermKind::field));
  term.append(value).push_back('\0');
  term.push_back(static_cast<char>(field));
  return term;
}

std::uint32_t id_fingerprint(std::string_view text) noexcept {
  return static_cast<std::uint32_t>(crypto::siphash({}, text));
}

std::string_view boolean_term(std::int64_t value) noexcept { return value != 0 ? "true" : "false"; }

std::string SegmentFooter::encode() const { return body().append(base::bytes_of(digest)); }

std::string SegmentFooter::body() const {
  std::string out;
  base::put_be32(out, entries);
  base::put_be32(out, posting_pages);
  base::put_be64(out, posting_bytes);
  base::put_be32(out, static_cast<std::uint32_t>(term_pages.size()));
  for (const std::string& term : term_pages) {
    base::put_be16(out, static_cast<std::uint16_t>(term.size()));
    out += term;
  }
  base::put_be32(out, static_cast<std::uint32_t>(id_pages.size()));
  for (const std::uint32_t first : id_pages) base::put_be32(out, first);
  for (const TimeBlock& block : time_blocks) {
    base::put_be64(out, static_cast<std::uint64_t>(block.min));
    base::put_be64(out, static_cast<std::uint64_t>(block.max));
  }
  for (const Digest& page : digest_pages) out += base::bytes_of(page);
  return out;
}

std::optional<SegmentFooter> SegmentFooter::decode(std::string_view bytes) {
  SegmentFooter footer;
  const auto take = [&](std::size_t count) {
    const std::string_view piece = bytes.substr(0, count);
    bytes.remove_prefix(std::min(count, bytes.size()));
    return piece;
  };
  if (bytes.size() < 20 || bytes.size() > kMaxFooterBytes) return std::nullopt;
  footer.entries = base::load_be32(take(4).data());
  footer.posting_pages = base::load_be32(take(4).data());
  footer.posting_bytes = base::load_be64(take(8).data());
  const std::uint32_t term_pages = base::load_be32(take(4).data());
  if (footer.entries == 0 || footer.entries > kMaxSegmentEntries) return std::nullopt;
  if (footer.posting_bytes > std::uint64_t{footer.posting_pages} * kIndexPageBytes ||
      footer.posting_pages >> kPageNumberBits != 0) {
    return std::nullopt;
  }
  if (term_pages > kMaxTermPages) return std::nullopt;
  for (std::uint32_t i = 0; i < term_pages; ++i) {
    if (bytes.size() < 2) return std::nullopt;
    const std::size_t length = base::load_be16(take(2).data());
    if (length == 0 || length > kMaxTermBytes || bytes.size() < length) return std::nullopt;
    footer.term_pages.emplace_back(take(length));
    if (i > 0 && footer.term_pages[i] <= footer.term_pages[i - 1]) return std::nullopt;
  }
  if (bytes.size() < 4) return std::nullopt;
  const std::uint32_t id_pages = base::load_be32(take(4).data());
  if (id_pages > kMaxIdPages || bytes.size() / 4 < id_pages) return std::nullopt;
  for (std::uint32_t i = 0; i < id_pages; ++i)
    footer.id_pages.push_back(base::load_be32(take(4).data()));
  const std::size_t blocks = (footer.entries + kTimeBlockEntries - 1) / kTimeBlockEntries;
  const std::uint64_t digests = footer.digest_page_count() + 1;
  if (bytes.size() != blocks * 16 + digests * Digest::kSize) return std::nullopt;
  for (std::size_t i = 0; i < blocks; ++i) {
    const auto min = static_cast<std::int64_t>(base::load_be64(take(8).data()));
    const auto max = static_cast<std::int64_t>(base::load_be64(take(8).data()));
    footer.time_blocks.push_back({min, max});
  }
  while (bytes.size() > Digest::kSize) {
    footer.digest_pages.push_back(*base::digest_from_bytes(take(Digest::kSize)));
  }
  footer.digest = *base::digest_from_bytes(bytes);
  const std::uint64_t pages = (footer.posting_bytes + kIndexPageBytes - 1) / kIndexPageBytes;
  if (pages != footer.posting_pages) return std::nullopt;
  return footer;
}

// A slice is data and, in its last four bytes, where the next one begins. Slices of one list grow
// along kSliceBytes; `end` is where the data of the current one ends.
void ByteLists::extend(List& list) {
  const bool first = list.head == kNone;
  std::size_t level = 0;
  if (!first) {
    const std::uint8_t stored = arena_[list.end + 4];
    level = std::min<std::size_t>(stored + 1U, kSliceBytes.size() - 1);
  }
  if (arena_.size() > kNone - 2 * kSliceBytes.back()) {
    throw Error(ErrorCode::limit, "an entry has more words than the index can hold");
  }
  const auto begin = static_cast<std::uint32_t>(arena_.size());
  arena_.resize(arena_.size() + kSliceBytes[level] + 1);
  const std::uint32_t end = begin + kSliceBytes[level] - 4;
  arena_[end + 4] = static_cast<std::uint8_t>(level);
  if (first) {
    list.head = begin;
  } else {
    std::memcpy(&arena_[list.end], &begin, sizeof begin);
  }
  list.at = begin;
  list.end = end;
}

void ByteLists::collect(const List& list, std::string& out) const {
  if (list.head == kNone) return;
  std::uint32_t begin = list.head;
  for (std::size_t level = 0;; level = std::min(level + 1, kSliceBytes.size() - 1)) {
    const std::uint32_t end = begin + kSliceBytes[level] - 4;
    if (end == list.end) {
      out.append(reinterpret_cast<const char*>(&arena_[begin]), list.at - begin);
      return;
    }
    out.append(reinterpret_cast<const char*>(&arena_[begin]), end - begin);
    std::memcpy(&begin, &arena_[end], sizeof begin);
  }
}

// What grows by doubling would leave holes in the heap half as large as all of it: room is taken at
// once, and costs nothing until it is written to.
SegmentBuilder::SegmentBuilder() : table_(kFirstTableSlots) {
  lists_.reserve(kMaxBuilderBytes);
  terms_.reserve(kMaxBuilderBytes / 4 / sizeof(Term));
  keys_.reserve(kMaxBuilderBytes / 8);
  ids_.reserve(kMaxBuilderBytes / 8 / sizeof(ids_[0]));
}

void SegmentBuilder::clear() {
  std::fill(table_.begin(), table_.end(), Slot{});
  terms_.clear();
  keys_.clear();
  lists_.clear();
  ids_.clear();
  time_blocks_.clear();
  entries_ = 0;
}

std::size_t SegmentBuilder::bytes() const noexcept {
  const std::size_t per_term = sizeof(Term) + 2 * sizeof(Slot) + sizeof(std::uint64_t);
  return lists_.bytes() + keys_.size() + terms_.size() * per_term +
         2 * ids_.size() * sizeof(ids_[0]);
}

// At the end of a block of times rather than in the next one: then blocks of merged segments are
// those of their parts.
bool SegmentBuilder::is_full() const noexcept {
  if (entries_ >= kBuiltSegmentEntries || bytes() > kMaxBuilderBytes) return true;
  if (entries_ == 0 || entries_ % kTimeBlockEntries != 0) return false;
  return bytes() + bytes() / time_blocks_.size() > kMaxBuilderBytes;
}

void SegmentBuilder::add(const Envelope& envelope, std::int64_t when, std::string_view text) {
  collect_tokens(text);  // first, so that the table's lines are on their way
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const Envelope::Value value = envelope.at(i);
    switch (indexing_of(value.field)) {
      case FieldIndexing::term:
        add_field(value.field,
                  value.kind == ValueKind::integer ? boolean_term(value.number) : value.text);
        break;
      case FieldIndexing::fingerprint:
        add_id(value.text);
        break;
      case FieldIndexing::none:
        break;
    }
  }
  constexpr std::size_t kAhead = 8;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (i + kAhead < tokens_.size()) prefetch_term(tokens_[i + kAhead].hash);
    add_word(tokens_[i]);
  }
  if (entries_ % kTimeBlockEntries == 0) time_blocks_.emplace_back();
  time_blocks_.back().add(when);
  ++entries_;
}

void SegmentBuilder::collect_tokens(std::string_view text) {
  tokens_.clear();
  token_bytes_ = 0;
  event::split_text(splitter_, text,
                    [&](std::string_view word, bool opaque, std::uint32_t position) {
                      if (opaque) {
                        add_id(word);
                      } else {
                        add_token(word, position);
                      }
                    });
}

void SegmentBuilder::add_token(std::string_view word, std::uint32_t position) {
  if (token_text_.size() < token_bytes_ + kMaxTokenBytes) {
    token_text_.resize(2 * token_text_.size() + kMaxTokenBytes);
  }
  char* const key = token_text_.data() + token_bytes_;
  key[0] = static_cast<char>(TermKind::word);
  // Nearly all words are short, and a copy of fixed size is no call.
  std::memcpy(key + 1, word.data(), kShortWordBytes);
  if (word.size() > kShortWordBytes) std::memcpy(key + 1, word.data(), word.size());
  const std::size_t bytes = word.size() + 1;
  const std::uint32_t hash = hash_bytes({key, bytes});
  prefetch_slot(hash);
  tokens_.push_back({hash, position, static_cast<std::uint32_t>(token_bytes_),
                     static_cast<std::uint32_t>(bytes)});
  token_bytes_ += bytes;
}

void SegmentBuilder::add_id(std::string_view text) {
  ids_.push_back(std::uint64_t{id_fingerprint(text)} << 32 | entries_);
}

void SegmentBuilder::add_field(Field field, std::string_view value) {
  if (value.size() > kMaxFieldTermBytes) {
    add_id(value);
    value = {};  // listed as "has a long value": no field holds the empty one
  }
  field_key_.assign(1, static_cast<char>(TermKind::field));
  field_key_.append(value).push_back('\0');
  field_key_.push_back(static_cast<char>(field));
  Term& found = term(hash_bytes(field_key_), field_key_);
  if (found.last_entry == entries_ + 1) return;
  lists_.push_varint(found.entries, (entries_ + 1 - found.last_entry) << 1 | 1);
  found.last_entry = entries_ + 1;
  ++found.count;
}

void SegmentBuilder::add_word(const Token& token) {
  Term& found = term(token.hash, {token_text_.data() + token.begin, token.bytes});
  if (found.last_entry != entries_ + 1) {
    close_entry(found);
    found.open_entry = found.last_entry;
    found.last_entry = entries_ + 1;
    found.in_entry = 0;
    found.last_position = 0;
    ++found.count;
  }
  lists_.push_varint(found.positions, token.position - found.last_position);
  found.last_position = token.position;
  ++found.in_entry;
}

// Writes what is known of the newest entry of a word: how often it is there only shows at its end.
void SegmentBuilder::close_entry(Term& term) {
  if (term.in_entry == 0) return;
  const std::uint32_t delta = term.last_entry - term.open_entry;
  lists_.push_varint(term.entries, delta << 1 | (term.in_entry == 1 ? 1 : 0));
  if (term.in_entry > 1) lists_.push_varint(term.entries, term.in_entry);
}

void SegmentBuilder::prefetch_slot(std::uint32_t hash) const {
  __builtin_prefetch(&table_[hash & (table_.size() - 1)]);
}

void SegmentBuilder::prefetch_term(std::uint32_t hash) const {
  const Slot& slot = table_[hash & (table_.size() - 1)];
  if (slot.term != 0) __builtin_prefetch(&terms_[slot.term - 1]);
}

bool SegmentBuilder::has_key(const Term& term, std::string_view key) const {
  if (term.key_bytes != key.size()) return false;
  const std::size_t head = std::min(key.size(), kInlineKeyBytes);
  if (!same_bytes(term.inline_key.data(), key.data(), head)) return false;
  return key.size() <= kInlineKeyBytes ||
         same_bytes(keys_.data() + term.key + head, key.data() + head, key.size() - head);
}

SegmentBuilder::Term& SegmentBuilder::term(std::uint32_t hash, std::string_view key) {
  const std::size_t mask = table_.size() - 1;
  std::size_t at = hash & mask;
  for (; table_[at].term != 0; at = (at + 1) & mask) {
    if (table_[at].hash != hash) continue;
    Term& known = terms_[table_[at].term - 1];
    if (has_key(known, key)) return known;
  }
  Term& fresh = terms_.emplace_back();
  std::copy_n(key.begin(), std::min(key.size(), kInlineKeyBytes), fresh.inline_key.begin());
  fresh.key_bytes = static_cast<std::uint16_t>(key.size());
  fresh.key = static_cast<std::uint32_t>(keys_.size());
  keys_.append(key);
  table_[at] = {hash, static_cast<std::uint32_t>(terms_.size())};
  if (terms_.size() * 2 > table_.size()) grow_table();
  return terms_.back();
}

void SegmentBuilder::grow_table() {
  std::vector<Slot> old(table_.size() * 2);
  old.swap(table_);
  const std::size_t mask = table_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.term == 0) continue;
    std::size_t at = slot.hash & mask;
    while (table_[at].term != 0) at = (at + 1) & mask;
    table_[at] = slot;
  }
}

std::string_view SegmentBuilder::key_of(const Term& term) const {
  return std::string_view(keys_).substr(term.key, term.key_bytes);
}

// Indexes of terms_ in order of key; most comparisons are of one number.
std::vector<std::uint32_t> SegmentBuilder::sorted_terms() const {
  struct Ordered {
    std::uint64_t head;
    std::uint32_t index;
  };

  std::vector<Ordered> order;
  order.reserve(terms_.size());
  for (std::uint32_t i = 0; i < terms_.size(); ++i) {
    const std::string_view key = key_of(terms_[i]);
    std::array<char, 8> head{};
    std::copy_n(key.begin(), std::min<std::size_t>(key.size(), 8), head.begin());
    order.push_back({base::load_be64(head.data()), i});
  }
  std::sort(order.begin(), order.end(), [&](const Ordered& a, const Ordered& b) {
    if (a.head != b.head) return a.head < b.head;
    return key_of(terms_[a.index]) < key_of(terms_[b.index]);
  });
  std::vector<std::uint32_t> indexes;
  indexes.reserve(order.size());
  for (const Ordered& one : order) indexes.push_back(one.index);
  return indexes;
}

SegmentFooter SegmentBuilder::finish(const std::function<void(std::string_view page)>& write_page) {
  SegmentWriter writer(write_page);
  std::string bytes;
  for (const std::uint32_t index : sorted_terms()) {
    Term& term = terms_[index];
    close_entry(term);
    bytes.clear();
    lists_.collect(term.entries, bytes);
    const std::size_t entries_bytes = bytes.size();
    lists_.collect(term.positions, bytes);
    writer.add_postings(bytes);
    writer.add_term(key_of(term), term.count, entries_bytes);
  }
  sort_ids(ids_);
  ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
  for (const std::uint64_t id : ids_) {
    writer.add_id(static_cast<std::uint32_t>(id >> 32), static_cast<std::uint32_t>(id));
  }
  SegmentFooter footer = writer.finish();
  footer.entries = entries_;
  footer.time_blocks = time_blocks_;
  clear();
  return footer;
}

}  // namespace audit::ledger
