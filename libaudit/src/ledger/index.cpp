#include "ledger/index.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <cassert>

#include "base/bytes.hpp"
#include "ledger/erasure.hpp"
#include "ledger/index_segments.hpp"

namespace audit::ledger {

namespace {

[[noreturn]] void throw_damaged() {
  throw Error(ErrorCode::damaged, "the index is damaged", "run 'audit verify --rebuild-index'");
}

// Reads numbers and pieces off bytes nobody vouches for.
class Reader {
 public:
  explicit Reader(std::string_view bytes)
      : at_(reinterpret_cast<const std::uint8_t*>(bytes.data())), end_(at_ + bytes.size()) {}

  std::uint64_t varint() {
    std::uint64_t value = 0;
    at_ = base::get_varint(at_, end_, value);
    if (at_ == nullptr) throw_damaged();
    return value;
  }

  std::string_view bytes(std::uint64_t count) {
    if (count > static_cast<std::uint64_t>(end_ - at_)) throw_damaged();
    const std::string_view piece(reinterpret_cast<const char*>(at_), count);
    at_ += count;
    return piece;
  }

  [[nodiscard]] bool at_end() const { return at_ == end_; }

  [[nodiscard]] std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

// The most bytes that one entry of a list takes: two numbers.
constexpr std::uint64_t kMaxListEntryBytes = 2 * base::kMaxVarintBytes;

// No text is longer, so no word is in it more often.
constexpr std::uint64_t kMaxOccurrences = kMaxPayloadBytes;

void sort_unique(EntryList& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

// Calls each(entry, occurrences) for an entry list of postings.
template <class Each>
void read_entries(Reader& reader, std::uint32_t count, std::uint32_t limit, Each&& each) {
  std::uint64_t entry = 0;  // one more than the last
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t head = reader.varint();
    const std::uint64_t delta = head >> 1;
    const std::uint64_t occurrences = (head & 1) != 0 ? 1 : reader.varint();
    entry += delta;
    if (delta == 0 || entry > limit) throw_damaged();
    each(static_cast<std::uint32_t>(entry - 1), occurrences);
  }
}

}  // namespace

// Walks the terms of a segment in order, from the first that is not before `from`. One at a time:
// it reads in the view's own copy of a page, where the next one may find it again.
class IndexView::TermCursor {
 public:
  TermCursor(IndexView& index, const Segment& segment, std::string_view from)
      : index_(index), segment_(segment), kept_(index.term_page_), bytes_(index.term_page_.bytes) {
    assert(!kept_.is_in_use);
    kept_.is_in_use = true;
    const auto& firsts = segment.footer.term_pages;
    auto page = std::upper_bound(
        firsts.begin(), firsts.end(), from,
        [](std::string_view key, const std::string& first) { return key < first; });
    if (page != firsts.begin()) --page;
    page_ = static_cast<std::size_t>(page - firsts.begin());
    if (page_ < firsts.size()) {
      load();
      seek_restart(from);
    }
    while (step() && key_ < from) {
    }
  }

  TermCursor(const TermCursor&) = delete;
  TermCursor& operator=(const TermCursor&) = delete;

  ~TermCursor() { kept_.is_in_use = false; }

  [[nodiscard]] bool valid() const { return valid_; }

  [[nodiscard]] std::string_view key() const { return key_; }

  [[nodiscard]] const TermInfo& info() const { return info_; }

  bool step() {
    valid_ = false;
    while (page_ < segment_.footer.term_pages.size()) {
      if (at_ < entries_end_) return valid_ = read_term();
      if (++page_ < segment_.footer.term_pages.size()) load();
    }
    return false;
  }

 private:
  void load() {
    if (kept_.segment != segment_.id || kept_.number != page_) {
      kept_.segment = 0;  // should the next throw
      index_.read_page(segment_, segment_.footer.first_term_page() + page_, bytes_);
      kept_.segment = segment_.id;
      kept_.number = page_;
    }
    if (bytes_.size() < 4) throw_damaged();
    restarts_ = base::load_be16(&bytes_[bytes_.size() - 2]);
    const std::size_t tail = 2 + 2 * restarts_;
    if (restarts_ == 0 || tail > bytes_.size()) throw_damaged();
    entries_end_ = bytes_.size() - tail;
    at_ = 0;
    next_restart_ = 0;
  }

  [[nodiscard]] std::size_t restart(std::size_t i) const {
    const std::size_t at = base::load_be16(&bytes_[entries_end_ + 2 * i]);
    if (at >= entries_end_) throw_damaged();
    return at;
  }

  [[nodiscard]] std::string_view restart_key(std::size_t i) const {
    const std::size_t at = restart(i);
    Reader reader(std::string_view(bytes_).substr(at, entries_end_ - at));
    return reader.bytes(reader.varint());
  }

  // To the last restart point whose term is not behind `from`.
  void seek_restart(std::string_view from) {
    std::size_t low = 0;
    std::size_t high = restarts_;
    while (high - low > 1) {
      const std::size_t middle = (low + high) / 2;
      (restart_key(middle) <= from ? low : high) = middle;
    }
    next_restart_ = low;
    at_ = restart(low);
  }

  bool read_term() {
    Reader reader(std::string_view(bytes_).substr(at_, entries_end_ - at_));
    const bool whole = next_restart_ < restarts_ && restart(next_restart_) == at_;
    if (whole) ++next_restart_;
    const std::uint64_t shared = whole ? 0 : reader.varint();
    if (shared > key_.size()) throw_damaged();
    const std::string_view rest = reader.bytes(reader.varint());
    if (shared + rest.size() > kMaxTermBytes) throw_damaged();
    key_.resize(shared);
    key_.append(rest);
    const std::uint64_t behind = info_.offset + info_.entries_bytes + info_.positions_bytes;
    const std::uint64_t entries = reader.varint();
    if (entries == 0 || entries > segment_.footer.entries) throw_damaged();
    info_.entries = static_cast<std::uint32_t>(entries);
    info_.entries_bytes = reader.varint();
    info_.positions_bytes = reader.varint();
    info_.offset = whole ? reader.varint() : behind;
    const std::uint64_t total = segment_.footer.posting_bytes;
    if (info_.entries_bytes > total || info_.positions_bytes > total || info_.offset > total ||
        info_.offset + info_.entries_bytes + info_.positions_bytes > total) {
      throw_damaged();
    }
    at_ = entries_end_ - reader.remaining();
    return true;
  }

  IndexView& index_;
  const Segment& segment_;
  TermPage& kept_;
  std::string& bytes_;
  std::size_t page_ = 0;
  std::size_t entries_end_ = 0;
  std::size_t restarts_ = 0;
  std::size_t next_restart_ = 0;
  std::size_t at_ = 0;
  std::string key_;
  TermInfo info_;
  bool valid_ = false;
};

std::optional<IndexView> IndexView::open(const LedgerView& view, std::string& why_not,
                                         bool checks) {
  std::optional<IndexFile> file =
      IndexFile::open_to_read(index_file(view.file()), view.ledger_id(), why_not);
  if (!file) return std::nullopt;
  try {
    IndexView index(std::move(*file), checks);
    IndexSegments accepted =
        accept_segments(*index.file_, index.file_->objects(IndexFile::Kind::segment), view.size(),
                        [&](std::uint64_t seq) { return view.hash(seq); });
    why_not = accepted.why_not;
    if (!why_not.empty()) return std::nullopt;
    for (std::size_t i = 0; i < accepted.objects.size(); ++i) {
      const IndexFile::Object& object = accepted.objects[i];
      index.segments_.push_back(
          {object.id, object.first, object.last, object.tail, std::move(accepted.footers[i])});
    }
    return index;
  } catch (const Error& error) {
    why_not = error.message();
    return std::nullopt;
  }
}

IndexSegment IndexView::identity(std::size_t segment) const {
  const Segment& here = segments_[segment];
  if (check_) {
    IndexFile::Object object;
    object.first = here.first;
    object.last = here.last;
    object.tail = here.tail;
    if (segment_digest(object, here.footer) != here.footer.digest) throw_damaged();
  }
  return {{here.first, here.last}, here.footer.digest};
}

void IndexView::read_page(const Segment& segment, std::uint64_t number, std::string& out) {
  file_->read_page(segment.id, number, out);
  if (check_ && !check_->is_right(segment.id, segment.footer, number, out)) throw_damaged();
}

void IndexView::erased_since(const LedgerView& view, std::size_t segment, EntryList& out) {
  if (erased_.size() != segments_.size()) read_erasures(view);
  out.clear();
  const std::vector<bool>& erased = erased_[segment];
  for (std::uint32_t entry = 0; entry < erased.size(); ++entry) {
    if (erased[entry]) out.push_back(entry);
  }
}

void IndexView::read_erasures(const LedgerView& view) {
  std::vector<std::vector<bool>> erased(segments_.size());
  if (watermark() == view.size()) {
    erased_ = std::move(erased);
    return;
  }
  base::JsonReader json;
  EntryCursor rows =
      view.entries({watermark(), view.size()}, Order::oldest_first, FieldSet{Field::type}, false);
  EntryCursor payloads = view.entries({0, 0}, Order::oldest_first, FieldSet());
  while (rows.next()) {
    if (rows.entry().envelope.text(Field::type) != kErasureType) continue;
    if (!payloads.seek(rows.entry().seq)) throw_damaged();
    std::size_t i = 0;
    for (const std::uint64_t seq : entries_named(json, payloads.entry().payload)) {  // ascending
      while (i < segments_.size() && segments_[i].last <= seq) ++i;
      if (i == segments_.size()) break;
      erased[i].resize(segments_[i].footer.entries);
      erased[i][static_cast<std::size_t>(seq - segments_[i].first)] = true;
    }
  }
  erased_ = std::move(erased);
}

std::uint64_t IndexView::watermark() const noexcept {
  return segments_.empty() ? 0 : segments_.back().last;
}

std::optional<TermInfo> IndexView::find(std::size_t segment, std::string_view term) {
  const auto& firsts = segments_[segment].footer.term_pages;
  if (firsts.empty() || term < firsts.front()) return std::nullopt;
  TermCursor cursor(*this, segments_[segment], term);
  if (!cursor.valid() || cursor.key() != term) return std::nullopt;
  return cursor.info();
}

// A place in the posting bytes of a segment that is read on from, page by page.
class IndexView::PostingStream {
 public:
  PostingStream(IndexView& index, const Segment& segment, std::uint64_t begin, std::uint64_t bytes)
      : index_(&index), segment_(&segment), at_(begin), end_(begin + bytes) {}

  // What comes next, up to the end of its page.
  [[nodiscard]] std::string_view take(std::uint64_t most) {
    const std::string_view piece = rest_of_page().substr(0, most);
    at_ += piece.size();
    return piece;
  }

  std::uint64_t varint() {
    const std::string_view rest = rest_of_page();
    const auto* begin = reinterpret_cast<const std::uint8_t*>(rest.data());
    std::uint64_t value = 0;
    if (const auto* after = base::get_varint(begin, begin + rest.size(), value)) {
      at_ += static_cast<std::uint64_t>(after - begin);
      return value;
    }
    // It may go on in the next page.
    std::string bytes;
    do {
      bytes += take(1);
    } while ((bytes.back() & '\x80') != 0 && bytes.size() < base::kMaxVarintBytes);
    begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
    if (base::get_varint(begin, begin + bytes.size(), value) == nullptr) throw_damaged();
    return value;
  }

 private:
  // Not empty.
  [[nodiscard]] std::string_view rest_of_page() {
    const std::uint64_t number = at_ / kIndexPageBytes;
    const std::uint64_t begin = at_ % kIndexPageBytes;
    if (number != number_) index_->read_page(*segment_, number, page_);
    number_ = number;
    if (at_ == end_ || begin >= page_.size()) throw_damaged();
    return std::string_view(page_).substr(begin, end_ - at_);
  }

  IndexView* index_;
  const Segment* segment_;
  std::uint64_t at_;
  std::uint64_t end_;
  std::uint64_t number_ = UINT64_MAX;
  std::string page_;
};

// The bytes of a term's entries: no more than so many entries can take.
std::string IndexView::entry_list(const Segment& segment, const TermInfo& info) {
  if (info.entries_bytes > kMaxListEntryBytes * info.entries) throw_damaged();
  PostingStream stream(*this, segment, info.offset, info.entries_bytes);
  std::string out;
  while (out.size() < info.entries_bytes) out += stream.take(kIndexPageBytes);
  return out;
}

void IndexView::append_entries(const Segment& segment, const TermInfo& info, EntryList& out) {
  const std::string bytes = entry_list(segment, info);
  Reader reader(bytes);
  read_entries(reader, info.entries, segment.footer.entries,
               [&](std::uint32_t entry, std::uint64_t) { out.push_back(entry); });
}

void IndexView::word(std::size_t segment, std::string_view folded, EntryList& out) {
  out.clear();
  if (const auto info = find(segment, word_term(folded)))
    append_entries(segments_[segment], *info, out);
}

// Entries of all terms from `from` on that `judge` takes (1), passes over (0), until it stops (-1).
void IndexView::union_of_range(std::size_t segment, const std::string& from,
                               const std::function<int(std::string_view)>& judge, EntryList& out) {
  out.clear();
  std::size_t lists = 0;
  for (TermCursor cursor(*this, segments_[segment], from); cursor.valid(); cursor.step()) {
    const int judgement = judge(cursor.key());
    if (judgement < 0) break;
    if (judgement == 0) continue;
    append_entries(segments_[segment], cursor.info(), out);
    // A prefix may name thousands of terms: keep the list no longer than the segment.
    if (++lists % 64 == 0 && out.size() > 4 * std::size_t{kMaxSegmentEntries}) sort_unique(out);
  }
  if (lists > 1) sort_unique(out);
}

void IndexView::prefix(std::size_t segment, std::string_view folded, EntryList& out) {
  const std::string from = word_term(folded);
  union_of_range(
      segment, from, [&](std::string_view term) { return term.starts_with(from) ? 1 : -1; }, out);
}

void IndexView::field(std::size_t segment, Field field, std::string_view value, EntryList& out) {
  if (value.size() > kMaxFieldTermBytes) return id_candidates(segment, value, out);
  out.clear();
  if (const auto info = find(segment, field_term(field, value))) {
    append_entries(segments_[segment], *info, out);
  }
}

void IndexView::field_prefix(std::size_t segment, Field field, std::string_view prefix,
                             EntryList& out) {
  std::string from(1, static_cast<char>(TermKind::field));
  from.append(prefix);
  union_of_range(
      segment, from,
      [&](std::string_view term) {
        if (!term.starts_with(from)) return -1;
        return term.back() == static_cast<char>(field) ? 1 : 0;
      },
      out);
}

void IndexView::any_field(std::size_t segment, std::string_view value, EntryList& out) {
  if (value.size() > kMaxFieldTermBytes) return id_candidates(segment, value, out);
  std::string from(1, static_cast<char>(TermKind::field));
  from.append(value).push_back('\0');
  union_of_range(
      segment, from,
      [&](std::string_view term) {
        if (!term.starts_with(from)) return -1;
        return term.size() == from.size() + 1 ? 1 : 0;
      },
      out);
}

void IndexView::id_candidates(std::size_t segment, std::string_view text, EntryList& out) {
  id_candidates(segment, std::vector{id_fingerprint(text)}, out);
}

void IndexView::id_candidates(std::size_t segment, std::vector<std::uint32_t> wanted,
                              EntryList& out) {
  out.clear();
  std::sort(wanted.begin(), wanted.end());
  const auto& firsts = segments_[segment].footer.id_pages;
  auto next = wanted.cbegin();
  auto page = firsts.begin();
  // The first page from `page` on that may hold `next`: the last ones of a page may be equal to the
  // first ones of the page behind it.
  const auto skip = [&] {
    const auto at = std::lower_bound(page, firsts.end(), *next);
    page = at == page ? at : std::prev(at);
  };
  while (next != wanted.cend() && page != firsts.end()) {
    skip();
    const auto behind = std::next(page);
    const auto end =
        behind == firsts.end() ? wanted.cend() : std::upper_bound(next, wanted.cend(), *behind);
    add_ids_of_page(segment, static_cast<std::size_t>(page - firsts.begin()), {next, end}, out);
    if (out.size() > 4 * std::size_t{kMaxSegmentEntries}) sort_unique(out);
    page = behind;
    if (page != firsts.end()) next = std::lower_bound(next, wanted.cend(), *page);
  }
  sort_unique(out);
}

// Adds the entries of a page of ids that have one of these fingerprints, which ascend.
void IndexView::add_ids_of_page(std::size_t segment, std::size_t page,
                                std::span<const std::uint32_t> wanted, EntryList& out) {
  if (wanted.empty()) return;
  const Segment& here = segments_[segment];
  read_page(here, here.footer.first_id_page() + page, id_page_);
  Reader reader(id_page_);
  std::uint64_t fingerprint = here.footer.id_pages[page];
  auto next = wanted.begin();
  while (!reader.at_end()) {
    fingerprint += reader.varint();
    const std::uint64_t entry = reader.varint();
    while (next != wanted.end() && *next < fingerprint) ++next;
    if (next == wanted.end()) return;
    if (entry >= here.footer.entries) throw_damaged();
    if (fingerprint == *next) out.push_back(static_cast<std::uint32_t>(entry));
  }
}

// Where one word of a phrase stands: entry by entry, the positions in it.
class IndexView::PositionCursor {
 public:
  //   offset   of the word in the phrase
  PositionCursor(const std::string& entry_list, PostingStream positions, std::uint32_t count,
                 std::uint32_t limit, std::uint32_t offset)
      : positions_(std::move(positions)), offset_(offset) {
    Reader reader(entry_list);
    entries_.reserve(count);
    read_entries(reader, count, limit, [&](std::uint32_t entry, std::uint64_t occurrences) {
      if (occurrences > kMaxOccurrences) throw_damaged();
      entries_.emplace_back(entry, static_cast<std::uint32_t>(occurrences));
    });
  }

  // The positions of the word in `entry` less its place in the phrase; false if it is not there.
  // Entries must be asked for in ascending order.
  bool starts_in(std::uint32_t entry, std::vector<std::int64_t>& starts) {
    while (next_ < entries_.size() && entries_[next_].first < entry) {
      skip(entries_[next_++].second);
    }
    if (next_ == entries_.size() || entries_[next_].first != entry) return false;
    starts.clear();
    std::uint64_t position = 0;
    for (std::uint32_t i = 0; i < entries_[next_].second; ++i) {
      position += positions_.varint();
      starts.push_back(static_cast<std::int64_t>(position) - static_cast<std::int64_t>(offset_));
    }
    ++next_;
    return true;
  }

  [[nodiscard]] const std::vector<std::pair<std::uint32_t, std::uint32_t>>& entries() const {
    return entries_;
  }

 private:
  void skip(std::uint32_t count) {
    for (; count > 0; --count) (void)positions_.varint();
  }

  PostingStream positions_;
  std::uint32_t offset_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> entries_;
  std::size_t next_ = 0;
};

void IndexView::phrase(std::size_t segment, std::span<const std::pair<std::string, bool>> words,
                       EntryList& out) {
  out.clear();
  const Segment& here = segments_[segment];
  std::vector<PositionCursor> cursors;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].second) continue;  // opaque: the caller checks
    const auto info = find(segment, word_term(words[i].first));
    if (!info) return;
    cursors.emplace_back(
        entry_list(here, *info),
        PostingStream(*this, here, info->offset + info->entries_bytes, info->positions_bytes),
        info->entries, here.footer.entries, static_cast<std::uint32_t>(i));
  }
  if (cursors.empty()) throw_damaged();
  std::sort(cursors.begin(), cursors.end(), [](const PositionCursor& a, const PositionCursor& b) {
    return a.entries().size() < b.entries().size();
  });
  std::vector<std::int64_t> starts;
  std::vector<std::int64_t> others;
  std::vector<std::int64_t> both;
  const auto& rarest = cursors.front().entries();
  for (const auto& [entry, occurrences] : rarest) {
    if (!cursors.front().starts_in(entry, starts)) continue;
    for (std::size_t i = 1; i < cursors.size() && !starts.empty(); ++i) {
      both.clear();
      if (cursors[i].starts_in(entry, others)) {
        std::set_intersection(starts.begin(), starts.end(), others.begin(), others.end(),
                              std::back_inserter(both));
      }
      starts.swap(both);
    }
    if (!starts.empty()) out.push_back(entry);
  }
}

std::uint32_t IndexView::word_count(std::size_t segment, std::string_view folded) {
  const auto info = find(segment, word_term(folded));
  return info ? info->entries : 0;
}

std::uint32_t IndexView::field_count(std::size_t segment, Field field, std::string_view value) {
  const auto info = find(segment, field_term(field, value));
  return info ? info->entries : 0;
}

void IndexView::each_value(
    std::size_t segment, Field field,
    const std::function<void(std::string_view value, const TermInfo& info)>& each) {
  const std::string from(1, static_cast<char>(TermKind::field));
  for (TermCursor cursor(*this, segments_[segment], from); cursor.valid(); cursor.step()) {
    const std::string_view term = cursor.key();
    if (!term.starts_with(from)) break;
    if (term.back() != static_cast<char>(field) || term.size() == 3) continue;  // 3: a long value
    each(term.substr(1, term.size() - 3), cursor.info());
  }
}

void IndexView::field_values(
    std::size_t segment, Field field,
    const std::function<void(std::string_view value, std::uint32_t count)>& each) {
  each_value(segment, field,
             [&](std::string_view value, const TermInfo& info) { each(value, info.entries); });
}

void IndexView::field_lists(
    std::size_t segment, Field field,
    const std::function<void(std::string_view value, const EntryList& list)>& each) {
  EntryList list;
  each_value(segment, field, [&](std::string_view value, const TermInfo& info) {
    list.clear();
    append_entries(segments_[segment], info, list);
    each(value, list);
  });
}

}  // namespace audit::ledger
