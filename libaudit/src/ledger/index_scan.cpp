#include "ledger/index_scan.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <limits>

#include "base/bytes.hpp"
#include "ledger/segment_reader.hpp"

namespace audit::ledger {

namespace {

[[noreturn]] void refuse(std::string_view what) {
  throw Error(ErrorCode::damaged, std::string(what), "run 'audit verify --rebuild-index'");
}

}  // namespace

// Every page is read once or twice, one after the other: there is nothing to keep.
SegmentScan::SegmentScan(IndexFile& file) : file_(file), check_(file) {
  file_.database().execute("PRAGMA cache_size=-256");
}

void SegmentScan::scan(const IndexFile::Object& segment, const SegmentFooter& footer,
                       SegmentVisitor& visitor) {
  segment_ = segment.id;
  footer_ = &footer;
  entries_ = positions_ = {};
  if (footer.entries != segment.last - segment.first) refuse("its footer counts other entries");
  if (segment.id <= 0 || segment.id >= kMaxObjects) refuse("its number is out of range");
  is_as_digest_says_ = segment_digest(segment, footer) == footer.digest;
  checked_.assign(static_cast<std::size_t>(footer.page_count()), false);
  check_pages();
  const auto read = [this](std::uint64_t number, std::string& out) { read_page(number, out); };
  for (TermReader terms(footer, read); terms.next();) {
    check_term(terms.term());
    scan_term(terms.term(), terms.info(), visitor);
  }
  for (IdReader ids(footer, read); ids.next();) visitor.id(ids.fingerprint(), ids.entry());
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

void SegmentScan::check_term(std::string_view term) const {
  const bool is_word = term.front() == static_cast<char>(TermKind::word) && term.size() > 1 &&
                       term.size() <= kMaxTermBytes;
  const bool is_field = term.front() == static_cast<char>(TermKind::field) && term.size() >= 3 &&
                        term.size() <= kMaxFieldTermBytes + 3 && term[term.size() - 2] == '\0' &&
                        term.back() >= 1 && static_cast<std::size_t>(term.back()) <= kFieldCount;
  if (!is_word && !is_field) refuse("a term is neither a word nor a field value");
}

inline std::uint64_t SegmentScan::varint(Stream& stream) {
  std::uint64_t value = 0;
  if (const std::uint8_t* after = base::get_varint(stream.at, stream.limit, value)) {
    stream.at = after;
    return value;
  }
  return varint_across_pages(stream);
}

void SegmentScan::scan_term(std::string_view term, const TermInfo& info, SegmentVisitor& visitor) {
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
  if (!entries_.is_at_end() || !positions_.is_at_end()) {
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

void SegmentScan::set(Stream& stream, std::uint64_t begin, std::uint64_t bytes) {
  stream.at = stream.limit = nullptr;
  stream.next = begin;
  stream.end = begin + bytes;
}

// Goes on behind the limit.
void SegmentScan::refill(Stream& stream) {
  const std::uint64_t page = stream.next / kIndexPageBytes;
  if (stream.page != page) {
    stream.page = UINT64_MAX;  // should the next throw
    read_page(page, stream.bytes);
    stream.page = page;
  }
  const auto in_page = static_cast<std::size_t>(stream.next % kIndexPageBytes);
  if (in_page >= stream.bytes.size()) refuse("a page of postings has a wrong length");
  const std::uint64_t left =
      std::min<std::uint64_t>(stream.end - stream.next, stream.bytes.size() - in_page);
  stream.at = reinterpret_cast<const std::uint8_t*>(stream.bytes.data()) + in_page;
  stream.limit = stream.at + left;
  stream.next += left;
}

// Pages of postings are read twice: for entries and for positions.
void SegmentScan::read_page(std::uint64_t number, std::string& out) {
  file_.read_page(segment_, number, out);
  if (checked_[static_cast<std::size_t>(number)]) return;
  checked_[static_cast<std::size_t>(number)] = true;
  if (!check_.is_right(segment_, *footer_, number, out)) is_as_digest_says_ = false;
}

std::uint64_t SegmentScan::varint_across_pages(Stream& stream) {
  std::array<std::uint8_t, base::kMaxVarintBytes> bytes{};
  std::size_t count = 0;
  while (count < bytes.size() && !stream.is_at_end()) {
    if (stream.at == stream.limit) refill(stream);
    bytes[count++] = *stream.at++;
    if (bytes[count - 1] < 0x80) break;
  }
  std::uint64_t value = 0;
  if (base::get_varint(bytes.data(), bytes.data() + count, value) != bytes.data() + count ||
      count == 0) {
    refuse("a number in its postings is not as it must be");
  }
  return value;
}

}  // namespace audit::ledger
