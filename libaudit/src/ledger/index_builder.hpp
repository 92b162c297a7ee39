// ledger/index_builder.hpp - brings the index of a ledger up to its last entry.
//
// Erasures: before its watermark passes a sys.erasure entry, every segment that covers an entry named
// there is made anew from what is left. So an index whose watermark is W holds nothing that an entry
// before W erased; of entries erased by W and later it may hold more than the evidence.
//
// Place     ingest's index thread; Ledger::update_index; verify --rebuild-index
// Threads   one; reads the evidence through connections of its own
// Errors    audit::Error; the index is a convenience, so a caller may note the error and go on
#pragma once

#include <audit/ledger.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "ledger/index_file.hpp"
#include "ledger/segment.hpp"
#include "ledger/segment_merge.hpp"

namespace audit::ledger {

// How large segments become.
struct IndexSizes {
  std::uint32_t built = kBuiltSegmentEntries;  // from entries
  SegmentSize merged = kMaxMerged;
};

class IndexBuilder {
 public:
  using Progress = std::function<void(std::uint64_t done, std::uint64_t all)>;

  // Opens the index; one process at a time builds it, the others' calls do nothing.
  explicit IndexBuilder(const std::filesystem::path& ledger, const IndexSizes& sizes = {});

  // Throws everything in the index away; writers make their runs of ids anew.
  void start_over();

  // Adds a committed entry. Entries others wrote before it are read from the evidence; one that is
  // covered already is passed over.
  //   text   event::append_payload_text of its payload
  void add(std::uint64_t seq, const Envelope& envelope, std::int64_t when, std::string_view text);

  // Reads entries [covered, size) from the evidence.
  void catch_up(std::uint64_t size, const Progress& progress = {});

  // Writes what is pending if it is worth a segment (`all`: whatever it is), together with small
  // segments before it.
  void finish(bool all);

  // The same, when enough has gathered for long enough: for streams that trickle.
  void finish_if_stale();

  // Makes one larger segment of some that are complete; false when there are none. Takes about a
  // second at most; a process that dies meanwhile leaves the old ones.
  bool merge();

  // Entries [0, covered()) are in segments or pending.
  [[nodiscard]] std::uint64_t covered() const noexcept { return next_; }

  // Entries [0, watermark()) are in segments.
  [[nodiscard]] std::uint64_t watermark() const noexcept { return first_; }

  [[nodiscard]] bool is_active() const noexcept { return active_; }

  // The segments that this object made (those that were merged with others' included) and what it
  // merged, if any, and the ledger as it is now. But for those it made of entries that it read back
  // from the file and that do not have their hashes: who changed the file meanwhile would have had it
  // indexed so.
  [[nodiscard]] IndexState made() const;

 private:
  struct Segment {
    std::int64_t id;
    std::uint64_t first;
    std::uint64_t last;
    SegmentSize size;
    std::uint64_t as_of;  // what entries before this one erased is not in it
    Digest digest;
    bool is_ours =
        false;  // made by this object, of what it was given or of entries that have their hashes
    bool is_stale = false;  // an entry that is indexed already erased something from it
  };

  [[nodiscard]] bool is_ours();
  [[nodiscard]] bool is_stale_for(std::chrono::seconds time) const;
  void resume();
  void read_evidence(std::uint64_t end, const Progress& progress, std::uint64_t all);
  void add_next(const Envelope& envelope, std::int64_t when, std::string_view text,
                std::uint64_t as_of);
  void read_text(const Entry& entry);
  void note_erasure(const Entry& entry);
  void apply_erasures();
  void make_anew(std::size_t segment);
  void write_segment();
  [[nodiscard]] Segment write_object(std::uint64_t first, std::uint64_t last, std::uint64_t as_of,
                                     const Digest& tail);
  void start_pending(std::uint64_t first);
  [[nodiscard]] std::size_t small_segments_before() const;
  void merge(std::size_t first, std::size_t last);
  void note_merge(IndexState::Merge merge, std::size_t first);
  [[nodiscard]] std::vector<MergeSource> read_sources(std::size_t first, std::size_t last) const;
  [[nodiscard]] std::vector<SegmentFooter::TimeBlock> times_of(
      std::span<const MergeSource> sources) const;

  std::filesystem::path ledger_;
  IndexSizes sizes_;
  IndexFile file_;
  bool active_ = false;
  SegmentBuilder builder_;
  std::vector<Segment> segments_;
  std::vector<IndexSegment> merged_away_;  // ours, with such as are not
  std::vector<IndexState::Merge> merges_;  // of these
  bool cannot_merge_ = false;
  std::size_t replaced_ = 0;  // how many of the last ones the pending segment stands for
  std::uint64_t first_ = 0;   // of the pending segment
  std::uint64_t next_ = 0;
  std::uint64_t as_of_ = 0;  // of the pending segment
  bool is_stale_ = false;
  bool is_in_doubt_ = false;  // something in the pending segment does not have its hash
  std::chrono::steady_clock::time_point ask_again_{};
  std::chrono::steady_clock::time_point written_ = std::chrono::steady_clock::now();
  base::JsonReader json_;
  std::string text_;
};

}  // namespace audit::ledger
