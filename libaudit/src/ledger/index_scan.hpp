// ledger/index_scan.hpp - decodes a whole segment strictly: everything SegmentBuilder writes, and
// nothing it would not write.
//
// What a search does - a binary search over first terms and restart points, delta lists - gives the
// same as reading everything only where the order and the places are right. So they are checked
// here, and what was read is handed on to be compared with the evidence.
//
// Errors   throws damaged: what in the segment is not as it must be
// Threads  one
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/index_file.hpp"
#include "ledger/segment.hpp"
#include "ledger/segment_digest.hpp"

namespace audit::ledger {

struct Posting {
  std::uint32_t entry;     // counted from the segment's first
  std::uint32_t position;  // of a word; kNoPosition for a field value
};

inline constexpr std::uint32_t kNoPosition = 0xffffffff;

// Told of everything in a segment, in order.
class SegmentVisitor {
 public:
  virtual ~SegmentVisitor() = default;
  virtual void term(std::string_view term) = 0;
  // Some postings of the term told last.
  virtual void postings(std::span<const Posting> postings) = 0;
  virtual void id(std::uint32_t fingerprint, std::uint32_t entry) = 0;
};

class SegmentScan {
 public:
  explicit SegmentScan(IndexFile& file);

  void scan(const IndexFile::Object& segment, const SegmentFooter& footer, SegmentVisitor& visitor);

  // True if what was scanned last is what the digest of the segment was made of.
  [[nodiscard]] bool is_as_digest_says() const noexcept { return is_as_digest_says_; }

 private:
  // A piece of the posting bytes that is read from its front, page by page.
  struct Stream {
    const std::uint8_t* at = nullptr;     // in `bytes`, up to
    const std::uint8_t* limit = nullptr;  // the end of the piece or of the page
    std::uint64_t next = 0;               // where the piece goes on behind `limit`
    std::uint64_t end = 0;
    std::uint64_t page = UINT64_MAX;
    std::string bytes;  // of that page

    [[nodiscard]] bool is_at_end() const noexcept { return at == limit && next == end; }
  };

  void scan_term(std::string_view term, const TermInfo& info, SegmentVisitor& visitor);
  void check_pages();
  void check_term(std::string_view term) const;
  static void set(Stream& stream, std::uint64_t begin, std::uint64_t bytes);
  [[nodiscard]] std::uint64_t varint(Stream& stream);
  [[nodiscard]] std::uint64_t varint_across_pages(Stream& stream);
  void refill(Stream& stream);
  void read_page(std::uint64_t number, std::string& out);
  void emit(Posting posting, SegmentVisitor& visitor);
  void flush(SegmentVisitor& visitor);

  IndexFile& file_;
  PageCheck check_;
  std::vector<bool> checked_;  // by page
  bool is_as_digest_says_ = true;
  std::int64_t segment_ = 0;
  const SegmentFooter* footer_ = nullptr;
  Stream entries_;
  Stream positions_;
  std::array<Posting, 1024> buffer_;
  std::size_t buffered_ = 0;
};

}  // namespace audit::ledger
