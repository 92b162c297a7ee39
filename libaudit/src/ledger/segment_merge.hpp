// ledger/segment_merge.hpp - makes one larger segment of some that follow each other.
//
// Sorted terms and ids are merged page by page: no entry is read again, and a merged segment has the
// bytes of one that was built from the same entries. The old pages go while they are read, in one
// transaction, so that the new ones take their room and the file does not grow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ledger/index_file.hpp"
#include "ledger/segment.hpp"

namespace audit::ledger {

// What bounds a merged segment.
struct SegmentSize {
  std::uint64_t entries = 0;
  std::uint64_t posting_pages = 0;
  std::uint64_t term_pages = 0;
  std::uint64_t id_pages = 0;

  [[nodiscard]] static SegmentSize of(const SegmentFooter& footer) {
    return {footer.entries, footer.posting_pages, footer.term_pages.size(), footer.id_pages.size()};
  }
};

// Pages of terms are in memory until all postings are written: 24 MiB at most.
inline constexpr SegmentSize kMaxMerged{kMaxSegmentEntries, kMaxPostingPages, 1536, kMaxIdPages};

// Each source has a page of terms, of postings and of ids in memory.
inline constexpr std::size_t kMaxMergeSources = 16;

// Which segments to merge: the first ones in a row, two or more, to which the next one behind them
// cannot be added. So each entry is merged once or twice in the life of an index.
//   returns   [first, last) in `sizes`; nothing while more may come
[[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>> next_merge(
    std::span<const SegmentSize> sizes, const SegmentSize& most = kMaxMerged);

struct MergeSource {
  IndexFile::Object object;
  SegmentFooter footer;
};

// True if the blocks of time of these segments are those of the merged one.
[[nodiscard]] bool has_aligned_times(std::span<const MergeSource> sources);

// Writes the segment that stands for all of `sources`, and erases these.
//   sources   within kMaxMerged together
//   merged    a fresh id, their entries, the tail of the last
//   times     when the entries of the merged one happened
//   requires  a write transaction, which the caller rolls back when this throws
//   throws    damaged where a source is not what its digest says
SegmentFooter merge_segments(IndexFile& file, std::span<const MergeSource> sources,
                             const IndexFile::Object& merged,
                             std::vector<SegmentFooter::TimeBlock> times);

}  // namespace audit::ledger
