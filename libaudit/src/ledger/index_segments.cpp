#include "ledger/index_segments.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace audit::ledger {

namespace {

// Honest builders merge small segments, and finish one early only when its entries fill their
// memory; this is far from both.
std::uint64_t max_segments(std::uint64_t size) { return 1024 + size / 64; }

// Why the footers are not those of segments in a row; empty if they are.
//   room   bytes of the file
std::string decode_footers(IndexSegments& segments, std::uint64_t size, std::uint64_t room) {
  if (segments.objects.size() > max_segments(size)) return "it is damaged";
  std::uint64_t covered = 0;
  std::uint64_t pages = 0;
  for (IndexFile::Object& object : segments.objects) {
    std::optional<SegmentFooter> footer = SegmentFooter::decode(object.footer);
    if (!footer || object.first != covered || object.last <= object.first ||
        footer->entries != object.last - object.first) {
      return "it is damaged";
    }
    // Each fills its share of a page, but for the last ones of postings, terms and ids.
    const std::uint64_t filled =
        footer->first_id_page() + footer->id_pages.size() / kIdPagesTogether;
    pages += std::max<std::uint64_t>(filled, 3) - 3;
    if (pages > room / kIndexPageBytes) return "it is damaged";
    covered = object.last;
    object.footer = {};
    segments.footers.push_back(std::move(*footer));
  }
  return covered > size ? "it is ahead of the ledger" : "";
}

}  // namespace

IndexSegments accept_segments(const IndexFile& file, std::vector<IndexFile::Object> objects,
                              std::uint64_t size, const HashOf& hash_of) {
  IndexSegments segments;
  segments.objects = std::move(objects);
  segments.why_not = decode_footers(segments, size, file.size_bytes());
  if (segments.why_not.empty() && !segments.objects.empty() &&
      hash_of(segments.objects.back().last - 1) != segments.objects.back().tail) {
    segments.why_not = "it belongs to another history of this ledger";
  }
  return segments;
}

std::string forged_segment(const IndexSegments& segments, const HashOf& hash_of) {
  for (const IndexFile::Object& object : segments.objects) {
    if (hash_of(object.last - 1) == object.tail) continue;
    return fmt::format(
        "its part for entries {} to {} names another hash than the last of them has, and the "
        "newest "
        "part names the right one: the index or that entry was changed",
        object.first, object.last - 1);
  }
  return {};
}

}  // namespace audit::ledger
