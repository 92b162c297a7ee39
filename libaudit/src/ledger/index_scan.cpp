#include "ledger/index_scan.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/bytes.hpp"

namespace audit::ledger {

namespace {

// Terms between two restart points of a term page.
constexpr std::size_t kRestartEvery = 16;

[[noreturn]] void refuse(std::string_view what) {
  throw Error(ErrorCode::damaged, std::string(what), "run 'audit verify --rebuild-index'");
}

// Reads numbers and pieces off the front of a page.
class PageReader {
 public:
  PageReader(const char* begin, const char* end)
      : begin_(reinterpret_cast<const std::uint8_t*>(begin)),
        at_(begin_),
        end_(reinterpret_cast<const std::uint8_t*>(end)) {}

  std::uint64_t varint() {
    std::uint64_t value = 0;
    at_ = base::get_varint(at_, end_, value);
    if (at_ == nullptr) refuse("a number in it is not as it must be");
    return value;
  }

  std::string_view bytes(std::uint64_t count) {
    if (count > static_cast<std::uint64_t>(end_ - at_)) refuse("a term in it ends too early");
    const std::string_view piece(reinterpret_cast<const char*>(at_), count);
    at_ += count;
    return piece;
  }

  [[nodiscard]] bool at_end() const { return at_ == end_; }

  [[nodiscard]] std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  const std::uint8_t* begin_;
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

}  // namespace

// Every page is read once or twice, one after the other: there is nothing to keep.
SegmentScan::SegmentScan(IndexFile& file) : file_(file), check_(file) {
  file_.database().execute("PRAGMA cache_size=-256");
}

void SegmentScan::scan(const IndexFile::Object& segment, const SegmentFooter& footer,
                       SegmentVisitor& visitor) {
  segment_ = segment.id;
  footer_ = &footer;
  next_offset_ = 0;
  term_.clear();
  has_id_ = false;
  entries_ = positions_ = {};
  if (footer.entries != segment.last - segment.first) refuse("its footer counts other entries");
  if (segment.id <= 0 || segment.id >= kMaxObjects) refuse("its number is out of range");
  is_as_digest_says_ = segment_digest(segment, footer) == footer.digest;
  checked_.assign(static_cast<std::size_t>(footer.page_count()), false);
  check_pages();
  for (std::size_t i = 0; i < footer.term_pages.size(); ++i) scan_term_page(i, visitor);
  if (next_offset_ != footer.posting_bytes) refuse("it has postings of no term");
  for (std::size_t i = 0; i < footer.id_pages.size(); ++i) scan_id_page(i, visitor);
}

// All its pages are there and no others; those of postings are full but for the last. What is in
// them is checked term by term.
void SegmentScan::check_pages() {
  Statement select = file_.database().prepare(
      "SELECT id, length(bytes) FROM page WHERE id >= ?1 AND id < ?2 ORDER BY id");
  select.bind(1, segment_ << kPageNumberBits);
  select.bind(2, (segment_ + 1) << kPageNumberBits);
  std::uint64_t count = 0;
  for (; select.step(); ++count) {
    const std::int64_t id = segment_ << kPageNumberBits | static_cast<std::int64_t>(count);
    if (select.integer(0) != id) refuse("it lacks a page");
    if (count >= footer_->posting_pages) continue;
    const std::uint64_t rest = footer_->posting_bytes - count * kIndexPageBytes;
    if (static_cast<std::uint64_t>(select.integer(1)) !=
        std::min<std::uint64_t>(rest, kIndexPageBytes)) {
      refuse("a page of postings has a wrong length");
    }
  }
  if (count != footer_->page_count() + footer_->digest_page_count())
    refuse("it has too many or too few pages");
}

void SegmentScan::scan_term_page(std::uint64_t number, SegmentVisitor& visitor) {
  read_page(footer_->first_term_page() + number, page_);
  if (page_.size() < 4 || page_.size() > kIndexPageBytes)
    refuse("a page of terms has a wrong length");
  const std::size_t restarts = base::load_be16(&page_[page_.size() - 2]);
  const std::size_t tail = 2 + 2 * restarts;
  if (tail >= page_.size()) refuse("a page of terms has no terms");
  const std::size_t terms_end = page_.size() - tail;
  PageReader reader(page_.data(), page_.data() + terms_end);
  std::size_t in_page = 0;
  while (!reader.at_end()) {
    const bool is_restart = in_page % kRestartEvery == 0;
    const std::size_t restart = in_page / kRestartEvery;
    if (is_restart && (restart >= restarts ||
                       base::load_be16(&page_[terms_end + 2 * restart]) != reader.offset())) {
      refuse("a restart point is not where it must be");
    }
    const std::string previous = term_;
    const std::uint64_t shared = is_restart ? 0 : reader.varint();
    if (shared > term_.size()) refuse("a term shares more than the one before it has");
    const std::string_view rest = reader.bytes(reader.varint());
    term_.resize(static_cast<std::size_t>(shared));
    term_.append(rest);
    if (term_ <= previous) refuse("its terms are not in order");
    if (in_page == 0 && term_ != footer_->term_pages[number]) {
      refuse("its footer names another first term");
    }
    TermInfo info;
    const std::uint64_t entries = reader.varint();
    if (entries == 0 || entries > footer_->entries) refuse("a term has a wrong number of entries");
    info.entries = static_cast<std::uint32_t>(entries);
    info.entries_bytes = reader.varint();
    info.positions_bytes = reader.varint();
    info.offset = is_restart ? reader.varint() : next_offset_;
    check_term(term_);
    scan_term(term_, info, visitor);
    ++in_page;
  }
  if (restarts != (in_page + kRestartEvery - 1) / kRestartEvery) {
    refuse("a page of terms has too many restart points");
  }
}

void SegmentScan::check_term(std::string_view term) const {
  const bool is_word = term.front() == static_cast<char>(TermKind::word) && term.size() > 1 &&
                       term.size() <= kMaxTermBytes;
  const bool is_field = term.front() == static_cast<char>(TermKind::field) && term.size() >= 3 &&
                        term.size() <= kMaxFieldTermBytes + 3 && term[term.size() - 2] == '\0' &&
                        term.back() >= 1 && static_cast<std::size_t>(term.back()) <= kFieldCount;
  if (!is_word && !is_field) refuse("a term is neither a word nor a field value");
}

void SegmentScan::scan_term(std::string_view term, const TermInfo& info, SegmentVisitor& visitor) {
  const std::uint64_t room = footer_->posting_bytes - next_offset_;
  if (info.offset != next_offset_ || info.entries_bytes > room ||
      info.positions_bytes > room - info.entries_bytes) {
    refuse("the postings of a term are not where they must be");
  }
  next_offset_ += info.entries_bytes + info.positions_bytes;
  set(entries_, info.offset, info.entries_bytes);
  set(positions_, info.offset + info.entries_bytes, info.positions_bytes);
  visitor.term(term);
  const bool is_word = term.front() == static_cast<char>(TermKind::word);
  std::uint64_t entry = 0;  // one more than the last
  for (std::uint32_t i = 0; i < info.entries; ++i) {
    const std::uint64_t head = varint(entries_);
    const std::uint64_t count = (head & 1) != 0 ? 1 : varint(entries_);
    const std::uint64_t delta = head >> 1;
    if (delta == 0 || delta > footer_->entries - entry || count == 0 ||
        (count == 1 && (head & 1) == 0)) {
      refuse("the entries of a term are not as they must be");
    }
    entry += delta;
    const auto number = static_cast<std::uint32_t>(entry - 1);
    if (!is_word) {
      if (count != 1) refuse("a field value is in an entry more than once");
      emit({number, kNoPosition}, visitor);
      continue;
    }
    std::uint64_t position = 0;
    for (std::uint64_t k = 0; k < count; ++k) {
      const std::uint64_t step = varint(positions_);
      if ((k > 0 && step == 0) || step >= kNoPosition - position) {
        refuse("the positions of a word are not as they must be");
      }
      position += step;
      emit({number, static_cast<std::uint32_t>(position)}, visitor);
    }
  }
  flush(visitor);
  if (entries_.at != entries_.end || positions_.at != positions_.end) {
    refuse("a term has bytes left over");
  }
}

void SegmentScan::emit(Posting posting, SegmentVisitor& visitor) {
  buffer_[buffered_++] = posting;
  if (buffered_ == buffer_.size()) flush(visitor);
}

void SegmentScan::flush(SegmentVisitor& visitor) {
  if (buffered_ > 0) visitor.postings(std::span(buffer_).first(buffered_));
  buffered_ = 0;
}

void SegmentScan::set(Stream& stream, std::uint64_t begin, std::uint64_t bytes) const {
  stream.at = begin;
  stream.end = begin + bytes;
}

void SegmentScan::load(Stream& stream) {
  const std::uint64_t page = stream.at / kIndexPageBytes;
  if (stream.page == page) return;
  read_page(page, stream.bytes);
  stream.page = page;
}

// Pages of postings are read twice: for entries and for positions.
void SegmentScan::read_page(std::uint64_t number, std::string& out) {
  file_.read_page(segment_, number, out);
  if (checked_[static_cast<std::size_t>(number)]) return;
  checked_[static_cast<std::size_t>(number)] = true;
  if (!check_.is_right(segment_, *footer_, number, out)) is_as_digest_says_ = false;
}

std::uint64_t SegmentScan::varint(Stream& stream) {
  load(stream);
  const std::size_t in_page = static_cast<std::size_t>(stream.at % kIndexPageBytes);
  const std::uint64_t left =
      std::min<std::uint64_t>(stream.end - stream.at, stream.bytes.size() - in_page);
  const auto* begin = reinterpret_cast<const std::uint8_t*>(stream.bytes.data()) + in_page;
  std::uint64_t value = 0;
  if (const std::uint8_t* after = base::get_varint(begin, begin + left, value)) {
    stream.at += static_cast<std::uint64_t>(after - begin);
    return value;
  }
  // It may go on in the next page.
  std::string bytes;
  while (bytes.size() < base::kMaxVarintBytes && stream.at < stream.end) {
    load(stream);
    bytes.push_back(stream.bytes[static_cast<std::size_t>(stream.at % kIndexPageBytes)]);
    ++stream.at;
    if ((bytes.back() & '\x80') == 0) break;
  }
  const auto* copy = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (base::get_varint(copy, copy + bytes.size(), value) != copy + bytes.size()) {
    refuse("a number in its postings is not as it must be");
  }
  return value;
}

void SegmentScan::scan_id_page(std::size_t number, SegmentVisitor& visitor) {
  read_page(footer_->first_id_page() + number, page_);
  if (page_.empty() || page_.size() > kIdPageBytes) refuse("a page of ids has a wrong length");
  PageReader reader(page_.data(), page_.data() + page_.size());
  std::uint64_t fingerprint = footer_->id_pages[number];
  bool is_first = true;
  while (!reader.at_end()) {
    const std::uint64_t step = reader.varint();
    const std::uint64_t entry = reader.varint();
    if (is_first && step != 0) refuse("its footer names another first fingerprint");
    is_first = false;
    if (step > std::numeric_limits<std::uint32_t>::max() - fingerprint ||
        entry >= footer_->entries) {
      refuse("an id is not as it must be");
    }
    fingerprint += step;
    const std::pair id(static_cast<std::uint32_t>(fingerprint), static_cast<std::uint32_t>(entry));
    if (has_id_ && id <= id_) refuse("its ids are not in order");
    id_ = id;
    has_id_ = true;
    visitor.id(id.first, id.second);
  }
}

}  // namespace audit::ledger
