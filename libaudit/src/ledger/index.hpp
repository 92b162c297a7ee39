// ledger/index.hpp - asks the index: which entries of a segment hold this word, value or id?
//
// A view may be told to check: then every page it reads is compared with its digest, and a segment that
// is not what its digest says throws damaged before anything of it is believed.
//
// Everything is answered per segment, as entry numbers counted from the segment's first, ascending
// and without repeats. An answer is exact unless it says "candidates".
//
// Errors    throws damaged when a page is not what it must be: scan that segment instead
// Threads   one
#pragma once

#include <audit/field.hpp>
#include <audit/ledger.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/index_file.hpp"
#include "ledger/segment.hpp"
#include "ledger/segment_digest.hpp"

namespace audit::ledger {

using EntryList = std::vector<std::uint32_t>;

class IndexView {
 public:
  // The index beside a view, if it is this ledger's and its last segment is of this history. Nothing,
  // and why, where there is none that can be used. Take the view first.
  [[nodiscard]] static std::optional<IndexView> open(const LedgerView& view, std::string& why_not,
                                                     bool checks = false);

  // Its entries and its digest: of a view that checks, the one its bytes have; else the one that
  // stands in its footer.
  //   throws    damaged, of a view that checks, if these differ
  [[nodiscard]] IndexSegment identity(std::size_t segment) const;

  // Entries of a segment from which something was erased after the index was last written, as the
  // sys.erasure entries behind the watermark name them: what the segment says of these is worth
  // nothing.
  //   view      the one this was opened with
  void erased_since(const LedgerView& view, std::size_t segment, EntryList& out);

  // Entries [0, watermark()) are in segments; the caller scans the rest.
  [[nodiscard]] std::uint64_t watermark() const noexcept;

  [[nodiscard]] std::size_t segment_count() const noexcept { return segments_.size(); }

  [[nodiscard]] SequenceRange range(std::size_t segment) const noexcept {
    return {segments_[segment].first, segments_[segment].last};
  }

  // When the entries of a segment happened: one pair per block of kTimeBlockEntries.
  [[nodiscard]] const std::vector<SegmentFooter::TimeBlock>& time_blocks(
      std::size_t segment) const {
    return segments_[segment].footer.time_blocks;
  }

  // Entries with a word (folded, not opaque).
  void word(std::size_t segment, std::string_view folded, EntryList& out);

  // Entries with a word that begins so (opaque words have no prefix).
  void prefix(std::size_t segment, std::string_view folded, EntryList& out);

  // Entries with these words in a row; at least one must not be opaque. Candidates if any word is
  // opaque, else exact.
  void phrase(std::size_t segment, std::span<const std::pair<std::string, bool>> words,
              EntryList& out);

  // Entries whose field is this value, of a field that indexing_of() calls term.
  // Candidates where the value is longer than kMaxFieldTermBytes.
  void field(std::size_t segment, Field field, std::string_view value, EntryList& out);

  // Entries whose field begins so. Values longer than kMaxFieldTermBytes are not found: all
  // entries with one are listed under the empty value, which no field holds.
  void field_prefix(std::size_t segment, Field field, std::string_view prefix, EntryList& out);

  // Entries some field of which (of those called term) is this value.
  void any_field(std::size_t segment, std::string_view value, EntryList& out);

  // Candidates for an opaque word, or for the value of a field that is indexed by fingerprint.
  void id_candidates(std::size_t segment, std::string_view text, EntryList& out);

  // The same for many at once, by their fingerprints (segment.hpp): each page is read once.
  void id_candidates(std::size_t segment, std::vector<std::uint32_t> fingerprints, EntryList& out);

  // How many entries hold a word or a field value, without reading which.
  [[nodiscard]] std::uint32_t word_count(std::size_t segment, std::string_view folded);
  [[nodiscard]] std::uint32_t field_count(std::size_t segment, Field field, std::string_view value);

  // Each value of a field (of those called term) and how many entries of the segment have it. Values
  // longer than kMaxFieldTermBytes are left out. `each` must not ask the view anything.
  void field_values(std::size_t segment, Field field,
                    const std::function<void(std::string_view value, std::uint32_t count)>& each);

  // The same, with the entries that have it, in the same bounds.
  void field_lists(std::size_t segment, Field field,
                   const std::function<void(std::string_view value, const EntryList& list)>& each);

 private:
  struct Segment {
    std::int64_t id;
    std::uint64_t first;
    std::uint64_t last;
    Digest tail;
    SegmentFooter footer;
  };

  // The page of terms that was read last.
  struct TermPage {
    std::int64_t segment = 0;
    std::size_t number = 0;
    std::string bytes;
    bool is_in_use = false;  // by a cursor
  };

  class TermCursor;
  class PostingStream;
  class PositionCursor;

  IndexView(IndexFile file, bool checks) : file_(std::make_unique<IndexFile>(std::move(file))) {
    if (checks) check_.emplace(*file_);
  }

  void read_page(const Segment& segment, std::uint64_t number, std::string& out);

  [[nodiscard]] std::optional<TermInfo> find(std::size_t segment, std::string_view term);
  [[nodiscard]] std::string entry_list(const Segment& segment, const TermInfo& info);
  void add_ids_of_page(std::size_t segment, std::size_t page, std::span<const std::uint32_t> wanted,
                       EntryList& out);
  void read_erasures(const LedgerView& view);
  void append_entries(const Segment& segment, const TermInfo& info, EntryList& out);
  void each_value(std::size_t segment, Field field,
                  const std::function<void(std::string_view value, const TermInfo& info)>& each);
  void union_of_range(std::size_t segment, const std::string& from,
                      const std::function<int(std::string_view term)>& judge, EntryList& out);

  std::unique_ptr<IndexFile> file_;
  std::optional<PageCheck> check_;
  std::vector<Segment> segments_;
  TermPage term_page_;
  std::string id_page_;
  std::vector<std::vector<bool>> erased_;  // by segment, empty where nothing was; when asked for
};

}  // namespace audit::ledger
