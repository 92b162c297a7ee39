#include "ledger/segment_writer.hpp"

#include <algorithm>

#include "base/bytes.hpp"

namespace audit::ledger {

namespace {

std::size_t common_prefix(std::string_view a, std::string_view b) {
  const std::size_t limit = std::min(a.size(), b.size());
  std::size_t i = 0;
  while (i < limit && a[i] == b[i]) ++i;
  return i;
}

}  // namespace

void SegmentWriter::add_postings(std::string_view bytes) {
  footer_.posting_bytes += bytes.size();
  while (!bytes.empty()) {
    const std::size_t take = std::min(bytes.size(), kIndexPageBytes - postings_.size());
    postings_.append(bytes.substr(0, take));
    bytes.remove_prefix(take);
    if (postings_.size() == kIndexPageBytes) flush_postings();
  }
}

void SegmentWriter::flush_postings() {
  if (postings_.empty()) return;
  write_page_(postings_);
  postings_.clear();
  ++footer_.posting_pages;
}

// Pages of terms can be searched each on its own:
// entries, then the offsets (u16) of the restart points, then their number (u16).
void SegmentWriter::add_term(std::string_view key, std::uint32_t entries,
                             std::uint64_t entries_bytes) {
  if (!has_room(key.size())) finish_term_page();
  if (term_page_.empty()) footer_.term_pages.emplace_back(key);
  const bool restart = in_page_ % kRestartEvery == 0;
  if (restart) restarts_.push_back(static_cast<std::uint16_t>(term_page_.size()));
  const std::size_t shared = restart ? 0 : common_prefix(previous_, key);
  if (!restart) base::put_varint(term_page_, shared);
  base::put_varint(term_page_, key.size() - shared);
  term_page_.append(key.substr(shared));
  base::put_varint(term_page_, entries);
  base::put_varint(term_page_, entries_bytes);
  base::put_varint(term_page_, footer_.posting_bytes - offset_ - entries_bytes);
  if (restart) base::put_varint(term_page_, offset_);
  previous_.assign(key);
  offset_ = footer_.posting_bytes;
  ++in_page_;
}

bool SegmentWriter::has_room(std::size_t key_bytes) const {
  constexpr std::size_t kNumbers = 6 * base::kMaxVarintBytes;
  return term_page_.size() + key_bytes + kNumbers + 2 * restarts_.size() + 4 <= kIndexPageBytes;
}

void SegmentWriter::finish_term_page() {
  if (term_page_.empty()) return;
  for (const std::uint16_t restart : restarts_) base::put_be16(term_page_, restart);
  base::put_be16(term_page_, static_cast<std::uint16_t>(restarts_.size()));
  term_pages_.push_back(std::move(term_page_));
  term_page_.clear();
  restarts_.clear();
  in_page_ = 0;
}

void SegmentWriter::flush_terms() {
  if (!has_terms_) return;
  has_terms_ = false;
  flush_postings();
  finish_term_page();
  for (const std::string& page : term_pages_) write_page_(page);
  term_pages_.clear();
}

void SegmentWriter::add_id(std::uint32_t fingerprint, std::uint32_t entry) {
  flush_terms();
  if (id_page_.size() + 2 * base::kMaxVarintBytes > kIdPageBytes) {
    write_page_(id_page_);
    id_page_.clear();
  }
  if (id_page_.empty()) {
    footer_.id_pages.push_back(fingerprint);
    last_id_ = fingerprint;
  }
  base::put_varint(id_page_, fingerprint - last_id_);
  base::put_varint(id_page_, entry);
  last_id_ = fingerprint;
}

SegmentFooter SegmentWriter::finish() {
  flush_terms();
  if (!id_page_.empty()) write_page_(id_page_);
  return std::move(footer_);
}

}  // namespace audit::ledger
