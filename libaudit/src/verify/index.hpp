// verify/index.hpp - does the index say of every entry what the evidence says, and nothing else?
//
// Sums of postings are compared per block of entries (entry_sum.hpp); a block whose sums differ is
// looked at again, entry by entry. An index of another ledger or another history is no finding:
// nobody uses it.
//
// Threads   after bind(), scan_segment and look_again may be called from several threads, each with
// its
//           own IndexFile; take from one at a time
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
#include "verify/findings.hpp"

namespace audit::verify {

class IndexCheck {
 public:
  // Opens the index of the ledger with this id, once for each thread; before the evidence is, so
  // that it cannot be ahead of it.
  IndexCheck(const std::filesystem::path& ledger, std::string_view ledger_id, unsigned threads);

  // Looks whether it belongs to what `scan` sees.
  void bind(ledger::EvidenceScan& scan);

  // True if there is something to compare; else why_not() says why there is not.
  [[nodiscard]] bool is_bound() const noexcept { return why_not_.empty(); }

  [[nodiscard]] const std::string& why_not() const noexcept { return why_not_; }

  [[nodiscard]] const IndexLayout& layout() const noexcept { return layout_; }

  [[nodiscard]] std::size_t segment_count() const noexcept { return layout_.segments.size(); }

  // Adds up what one segment says.
  void scan_segment(std::size_t segment, unsigned thread, Findings& findings);

  // Takes what the evidence says of a range of entries.
  void take(const IndexPart& part);

  // When all that is done: compares, and returns the windows that must be looked at again.
  [[nodiscard]] std::vector<SequenceRange> compare(Findings& findings) const;

  // Names the entries of a window of which the index says something else.
  void look_again(SequenceRange window, unsigned thread, ledger::EvidenceScan& scan,
                  const ledger::WordTable& words, Findings& findings);

  // Entries that were erased and of which the index still holds words.
  [[nodiscard]] std::uint64_t stale_entries() const noexcept { return stale_entries_; }

 private:
  struct Block {
    PostingSum evidence;
    PostingSum index;
    bool has_damage = false;  // some of the index's part could not be read
  };

  void open(const std::filesystem::path& file, std::string_view ledger_id, unsigned threads);
  void compare_times(Findings& findings) const;

  std::string why_not_;
  std::vector<ledger::IndexFile> files_;  // one for each thread
  IndexLayout layout_;
  std::mutex mutex_;
  std::vector<Block> blocks_;
  std::vector<std::vector<ledger::SegmentFooter::TimeBlock>>
      times_;  // by segment, as the evidence has them
  std::uint64_t stale_entries_ = 0;
};

}  // namespace audit::verify
