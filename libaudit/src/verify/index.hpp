// verify/index.hpp - does the index say of every entry what the evidence says, and nothing else?
//
// Sums of postings are compared per block of entries (entry_sum.hpp); a block whose sums differ is
// looked at again, entry by entry. An index of another ledger or another history is no finding:
// nobody uses it.
//
// An index whose watermark is W holds nothing that an entry before W erased. Of what was erased by W
// and later, searches believe it nothing, so it may say what it likes of these entries.
//
// Threads   after bind(), scan_segment and look_again may be called from several threads, each with
//           its own IndexFile; take and take_erased from one at a time
// Memory    one bit for each entry that the index covers, once one was erased later
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/index_file.hpp"
#include "ledger/scan.hpp"
#include "verify/entry_sum.hpp"
#include "verify/erasure.hpp"
#include "verify/findings.hpp"

namespace audit::verify {

class IndexCheck {
 public:
  // Opens the index of the ledger with this id, once for each thread; before the evidence is, so
  // that it cannot be ahead of it.
  IndexCheck(const std::filesystem::path& ledger, std::string_view ledger_id, unsigned threads);

  // Looks whether it belongs to what `scan` sees, as everyone does who uses it.
  void bind(ledger::EvidenceScan& scan, Findings& findings);

  // True if there is something to compare; else why_not() says why there is not.
  [[nodiscard]] bool is_bound() const noexcept { return why_not_.empty(); }

  [[nodiscard]] const std::string& why_not() const noexcept { return why_not_; }

  [[nodiscard]] const IndexLayout& layout() const noexcept { return layout_; }

  [[nodiscard]] std::size_t segment_count() const noexcept { return layout_.segments.size(); }

  // Adds up what one segment says.
  void scan_segment(std::size_t segment, unsigned thread, Findings& findings);

  // Takes what the evidence says of a range of entries.
  void take(const IndexPart& part);

  // Takes the entries that were erased by such as the index does not cover.
  void take_erased(const Runs& erased);

  // When all that is done: compares, and returns the windows that must be looked at again.
  [[nodiscard]] std::vector<SequenceRange> compare(ledger::EvidenceScan& scan,
                                                   const ledger::WordTable& words,
                                                   Findings& findings) const;

  // Names the entries of a window of which the index says something else.
  void look_again(SequenceRange window, unsigned thread, ledger::EvidenceScan& scan,
                  const ledger::WordTable& words, Findings& findings);

  // The segments, once all were scanned.
  [[nodiscard]] std::vector<IndexSegment> segments() const;

  // Entries it covers from which something was erased after it was last written.
  [[nodiscard]] std::uint64_t erased_since() const noexcept;

 private:
  struct Block {
    PostingSum evidence;
    PostingSum index;
    bool has_damage = false;  // some of the index's part could not be read
  };

  void open(const std::filesystem::path& file, std::string_view ledger_id, unsigned threads);
  void compare_times(ledger::EvidenceScan& scan, const ledger::WordTable& words,
                     Findings& findings) const;
  [[nodiscard]] bool holds_times(SequenceRange range, const ledger::SegmentFooter::TimeBlock& said,
                                 ledger::EvidenceScan& scan, ledger::EntryDecoder& decoder,
                                 ledger::EntryRow& row) const;

  [[nodiscard]] bool is_erased_since(std::uint64_t seq) const noexcept {
    return seq < erased_since_.size() && erased_since_[static_cast<std::size_t>(seq)];
  }

  std::string why_not_;
  std::vector<ledger::IndexFile> files_;  // one for each thread
  IndexLayout layout_;
  std::mutex mutex_;
  std::vector<Block> blocks_;
  std::vector<std::vector<ledger::SegmentFooter::TimeBlock>>
      times_;                       // by segment, as the evidence has them
  std::vector<bool> erased_since_;  // by entry; empty while nothing was
};

}  // namespace audit::verify
