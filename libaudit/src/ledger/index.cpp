#include "ledger/index.hpp"

#include <audit/error.hpp>

#include <algorithm>

#include "base/bytes.hpp"

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

Digest hash_of(const LedgerView& view, std::uint64_t seq) {
  EntryCursor cursor = view.entries({seq, seq + 1}, Order::oldest_first, FieldSet(), false);
  return cursor.next() ? cursor.entry().hash : Digest();
}

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

// Walks the terms of a segment in order, from the first that is not before `from`.
class IndexView::TermCursor {
 public:
  TermCursor(IndexFile& file, const Segment& segment, std::string_view from)
      : file_(file), segment_(segment) {
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
    bytes_ = file_.page(segment_.id, segment_.footer.first_term_page() + page_);
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

  IndexFile& file_;
  const Segment& segment_;
  std::size_t page_ = 0;
  std::string bytes_;
  std::size_t entries_end_ = 0;
  std::size_t restarts_ = 0;
  std::size_t next_restart_ = 0;
  std::size_t at_ = 0;
  std::string key_;
  TermInfo info_;
  bool valid_ = false;
};

std::optional<IndexView> IndexView::open(const LedgerView& view, std::string& why_not) {
  std::optional<IndexFile> file =
      IndexFile::open_to_read(index_file(view.file()), view.ledger_id(), why_not);
  if (!file) return std::nullopt;
  try {
    IndexView index(std::move(*file));
    std::uint64_t covered = 0;
    Digest tail;
    for (IndexFile::Object& object : index.file_->objects(IndexFile::Kind::segment)) {
      std::optional<SegmentFooter> footer = SegmentFooter::decode(object.footer);
      if (!footer || object.first != covered || footer->entries != object.last - object.first) {
        why_not = "the index is damaged";
        return std::nullopt;
      }
      covered = object.last;
      tail = object.tail;
      index.segments_.push_back({object.id, object.first, object.last, std::move(*footer)});
    }
    if (covered > view.size()) {
      why_not = "the index is ahead of the ledger";
      return std::nullopt;
    }
    if (covered > 0 && hash_of(view, covered - 1) != tail) {
      why_not = "the index belongs to another history of this ledger";
      return std::nullopt;
    }
    return index;
  } catch (const Error& error) {
    why_not = error.message();
    return std::nullopt;
  }
}

std::uint64_t IndexView::watermark() const noexcept {
  return segments_.empty() ? 0 : segments_.back().last;
}

std::optional<TermInfo> IndexView::find(std::size_t segment, std::string_view term) {
  TermCursor cursor(*file_, segments_[segment], term);
  if (!cursor.valid() || cursor.key() != term) return std::nullopt;
  return cursor.info();
}

std::string IndexView::postings(const Segment& segment, std::uint64_t offset, std::uint64_t bytes) {
  std::string out;
  out.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, std::uint64_t{1} << 20)));
  while (bytes > 0) {
    const std::string_view page = file_->page(segment.id, offset / kIndexPageBytes);
    const std::uint64_t begin = offset % kIndexPageBytes;
    if (begin >= page.size()) throw_damaged();
    const std::uint64_t take = std::min<std::uint64_t>(bytes, page.size() - begin);
    out.append(page.substr(begin, take));
    offset += take;
    bytes -= take;
  }
  return out;
}

void IndexView::append_entries(const Segment& segment, const TermInfo& info, EntryList& out) {
  const std::string bytes = postings(segment, info.offset, info.entries_bytes);
  Reader reader(bytes);
  out.reserve(out.size() + info.entries);
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
  for (TermCursor cursor(*file_, segments_[segment], from); cursor.valid(); cursor.step()) {
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
  out.clear();
  const Segment& here = segments_[segment];
  const std::uint32_t wanted = id_fingerprint(text);
  const auto& firsts = here.footer.id_pages;
  auto page = std::lower_bound(firsts.begin(), firsts.end(), wanted);
  if (page != firsts.begin()) --page;  // its last ones may be equal too
  for (; page != firsts.end() && *page <= wanted; ++page) {
    const auto number = static_cast<std::uint64_t>(page - firsts.begin());
    Reader reader(file_->page(here.id, here.footer.first_id_page() + number));
    std::uint64_t fingerprint = *page;
    while (!reader.at_end()) {
      fingerprint += reader.varint();
      const std::uint64_t entry = reader.varint();
      if (fingerprint > wanted) break;
      if (entry >= here.footer.entries) throw_damaged();
      if (fingerprint == wanted) out.push_back(static_cast<std::uint32_t>(entry));
    }
  }
  sort_unique(out);
}

namespace {

// Where one word of a phrase stands: entry by entry, the positions in it.
class PositionCursor {
 public:
  PositionCursor(std::string entries, std::string positions, std::uint32_t count,
                 std::uint32_t limit, std::uint32_t offset)
      : entry_bytes_(std::move(entries)), position_bytes_(std::move(positions)), offset_(offset) {
    Reader reader(entry_bytes_);
    entries_.reserve(count);
    read_entries(reader, count, limit, [&](std::uint32_t entry, std::uint64_t occurrences) {
      entries_.emplace_back(entry, occurrences);
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
    for (std::uint64_t i = 0; i < entries_[next_].second; ++i) {
      position += varint();
      starts.push_back(static_cast<std::int64_t>(position) - static_cast<std::int64_t>(offset_));
    }
    ++next_;
    return true;
  }

  [[nodiscard]] const std::vector<std::pair<std::uint32_t, std::uint64_t>>& entries() const {
    return entries_;
  }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    const auto* begin = reinterpret_cast<const std::uint8_t*>(position_bytes_.data());
    const std::uint8_t* after =
        base::get_varint(begin + at_, begin + position_bytes_.size(), value);
    if (after == nullptr) throw_damaged();
    at_ = static_cast<std::size_t>(after - begin);
    return value;
  }

  void skip(std::uint64_t count) {
    for (; count > 0; --count) (void)varint();
  }

  std::string entry_bytes_;
  std::string position_bytes_;
  std::uint32_t offset_;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> entries_;
  std::size_t next_ = 0;
  std::size_t at_ = 0;
};

}  // namespace

void IndexView::phrase(std::size_t segment, std::span<const std::pair<std::string, bool>> words,
                       EntryList& out) {
  out.clear();
  const Segment& here = segments_[segment];
  std::vector<PositionCursor> cursors;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].second) continue;  // opaque: the caller checks
    const auto info = find(segment, word_term(words[i].first));
    if (!info) return;
    cursors.emplace_back(postings(here, info->offset, info->entries_bytes),
                         postings(here, info->offset + info->entries_bytes, info->positions_bytes),
                         info->entries, here.footer.entries, static_cast<std::uint32_t>(i));
  }
  if (cursors.empty()) throw_damaged();
  std::sort(cursors.begin(), cursors.end(), [](const PositionCursor& a, const PositionCursor& b) {
    return a.entries().size() < b.entries().size();
  });
  std::vector<std::int64_t> starts;
  std::vector<std::int64_t> others;
  std::vector<std::int64_t> both;
  const auto rarest = cursors.front().entries();
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

void IndexView::field_values(
    std::size_t segment, Field field,
    const std::function<void(std::string_view value, std::uint32_t count)>& each) {
  const std::string from(1, static_cast<char>(TermKind::field));
  for (TermCursor cursor(*file_, segments_[segment], from); cursor.valid(); cursor.step()) {
    const std::string_view term = cursor.key();
    if (!term.starts_with(from)) break;
    if (term.back() != static_cast<char>(field) || term.size() == 3) continue;  // 3: a long value
    each(term.substr(1, term.size() - 3), cursor.info().entries);
  }
}

}  // namespace audit::ledger
