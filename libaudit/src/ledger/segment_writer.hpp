// ledger/segment_writer.hpp - lays sorted terms and sorted ids out as the pages of a segment.
//
// One writer for all who make segments: what is built from entries and what is merged from other
// segments has the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/index_file.hpp"
#include "ledger/segment.hpp"

namespace audit::ledger {

// Memory   the pages of terms, which stand behind all postings; a page of each other kind
class SegmentWriter {
 public:
  using WritePage = std::function<void(std::string_view page)>;

  //   write_page   told of all pages in order
  explicit SegmentWriter(WritePage write_page) : write_page_(std::move(write_page)) {}

  // Postings of the next term: its list of entries, then its positions, in pieces of any length.
  void add_postings(std::string_view bytes);

  // The term whose postings were added last.
  //   entries         how many hold it
  //   entries_bytes   of its postings, the rest are positions
  void add_term(std::string_view key, std::uint32_t entries, std::uint64_t entries_bytes);

  // The next id, behind all terms.
  void add_id(std::uint32_t fingerprint, std::uint32_t entry);

  // Writes what is left; the footer lacks what pages cannot tell: entries, times and digests.
  [[nodiscard]] SegmentFooter finish();

 private:
  void flush_postings();
  void flush_terms();
  void finish_term_page();
  [[nodiscard]] bool has_room(std::size_t key_bytes) const;

  WritePage write_page_;
  SegmentFooter footer_;
  std::string postings_;      // of the page in hand
  std::uint64_t offset_ = 0;  // of the postings of the next term
  std::vector<std::string> term_pages_;
  std::string term_page_;
  std::string previous_;  // term
  std::vector<std::uint16_t> restarts_;
  std::size_t in_page_ = 0;
  bool has_terms_ = true;  // that were not written yet
  std::string id_page_;
  std::uint32_t last_id_ = 0;
};

}  // namespace audit::ledger
