#include "ledger/segment_digest.hpp"

#include <algorithm>
#include <cstddef>

#include "base/bytes.hpp"
#include "crypto/sha256.hpp"

namespace audit::ledger {

namespace {

constexpr std::size_t kDigestPageBytes = kDigestsPerPage * Digest::kSize;
static_assert(kDigestPageBytes <= kIndexPageBytes);

constexpr std::size_t kMaxKnown = 64;

}  // namespace

Digest segment_digest(const IndexFile::Object& object, const SegmentFooter& footer) {
  std::string bytes;
  base::put_be64(bytes, object.first);
  base::put_be64(bytes, object.last);
  bytes += base::bytes_of(object.tail);
  bytes += footer.body();
  return crypto::sha256(bytes);
}

void SegmentStore::write_page(std::string_view page) {
  const Digest digest = crypto::sha256(page);
  digests_ += base::bytes_of(digest);
  file_->write_page(object_.id, pages_++, page);
}

SegmentFooter SegmentStore::finish(SegmentFooter footer) {
  for (std::string_view rest = digests_; !rest.empty();) {
    const std::string_view page = rest.substr(0, kDigestPageBytes);
    footer.digest_pages.push_back(crypto::sha256(page));
    file_->write_page(object_.id, pages_++, page);
    rest.remove_prefix(page.size());
  }
  footer.digest = segment_digest(object_, footer);
  object_.footer = footer.encode();
  file_->write_object(IndexFile::Kind::segment, object_);
  return footer;
}

SegmentFooter write_segment(IndexFile& file, IndexFile::Object object, SegmentBuilder& builder) {
  SegmentStore store(file, std::move(object));
  return store.finish(builder.finish([&](std::string_view page) { store.write_page(page); }));
}

bool PageCheck::is_right(std::int64_t segment, const SegmentFooter& footer, std::uint64_t number,
                         std::string_view page) {
  const std::string& known = digests(segment, footer, number / kDigestsPerPage);
  const std::size_t at = static_cast<std::size_t>(number % kDigestsPerPage) * Digest::kSize;
  const Digest digest = crypto::sha256(page);
  return at < known.size() &&
         std::string_view(known).substr(at, Digest::kSize) == base::bytes_of(digest);
}

// A page of digests; empty if it is not the one that the footer names.
const std::string& PageCheck::digests(std::int64_t segment, const SegmentFooter& footer,
                                      std::uint64_t number) {
  const std::pair key(segment, number);
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  std::string page;
  if (number < footer.digest_pages.size()) {
    file_->read_page(segment, footer.page_count() + number, page);
    if (crypto::sha256(page) != footer.digest_pages[static_cast<std::size_t>(number)]) page.clear();
  }
  if (known_.size() == kMaxKnown) known_.clear();
  return known_[key] = std::move(page);
}

}  // namespace audit::ledger
