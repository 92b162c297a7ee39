// ledger/segment_digest.hpp - one digest for all that a segment consists of, and pages that can be
// checked one by one.
//
// Behind a segment's pages stand pages of digests: the SHA-256 of each page before them, in order,
// kDigestsPerPage to a page. The footer holds the SHA-256 of each of these, and last the digest of the
// segment: the SHA-256 of the numbers of its entries, the hash of its last entry, and the rest of the
// footer. So whoever knows the digest of a segment knows every byte that a search may read in it, and
// whoever reads one page reads one of digests more.
//
// Searches that prove nothing do not look at any of this.
#pragma once

#include <audit/digest.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "ledger/index_file.hpp"
#include "ledger/segment.hpp"

namespace audit::ledger {

// What the digest of the segment must be.
//   object    its numbers and its tail; not its footer's bytes
[[nodiscard]] Digest segment_digest(const IndexFile::Object& object, const SegmentFooter& footer);

// Writes one segment: its pages in order, behind them those of their digests, and last the object.
//   requires  a write transaction
class SegmentStore {
 public:
  //   file      outlives this object
  //   object    a fresh id, its entries and its tail
  SegmentStore(IndexFile& file, IndexFile::Object object)
      : file_(&file), object_(std::move(object)) {}

  void write_page(std::string_view page);

  // Adds the digests to a footer that has everything else, and writes it.
  [[nodiscard]] SegmentFooter finish(SegmentFooter footer);

 private:
  IndexFile* file_;
  IndexFile::Object object_;
  std::uint64_t pages_ = 0;
  std::string digests_;
};

// Writes what a builder holds as the segment of entries [object.first, object.last). The builder is
// empty afterwards.
SegmentFooter write_segment(IndexFile& file, IndexFile::Object object, SegmentBuilder& builder);

// Compares pages that were read with their digests.
//
// Memory   at most 64 pages of digests
// Threads  one, as its file
class PageCheck {
 public:
  //   file    outlives this object
  explicit PageCheck(IndexFile& file) : file_(&file) {}

  // True if it is page `number` of the segment with this footer.
  //   throws    damaged if the page of its digest is not there
  [[nodiscard]] bool is_right(std::int64_t segment, const SegmentFooter& footer,
                              std::uint64_t number, std::string_view page);

 private:
  [[nodiscard]] const std::string& digests(std::int64_t segment, const SegmentFooter& footer,
                                           std::uint64_t number);

  IndexFile* file_;
  std::map<std::pair<std::int64_t, std::uint64_t>, std::string> known_;  // pages of digests
};

}  // namespace audit::ledger
