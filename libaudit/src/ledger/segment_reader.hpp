// ledger/segment_reader.hpp - reads the terms and the ids of a segment in order and strictly:
// everything SegmentWriter writes, and nothing it would not write.
//
// Errors   throws damaged: what in the segment is not as it must be
// Memory   one page
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "ledger/segment.hpp"

namespace audit::ledger {

// Gives page `number` of the segment in hand, in place of what is in `out`.
using ReadPage = std::function<void(std::uint64_t number, std::string& out)>;

// A page from its front.
class PageReader {
 public:
  PageReader() = default;

  PageReader(const char* begin, const char* end)
      : begin_(reinterpret_cast<const std::uint8_t*>(begin)),
        at_(begin_),
        end_(reinterpret_cast<const std::uint8_t*>(end)) {}

  [[nodiscard]] std::uint64_t varint();
  [[nodiscard]] std::string_view bytes(std::uint64_t count);

  [[nodiscard]] bool at_end() const { return at_ == end_; }

  [[nodiscard]] std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  const std::uint8_t* begin_ = nullptr;
  const std::uint8_t* at_ = nullptr;
  const std::uint8_t* end_ = nullptr;
};

// The terms of a segment, one after the other.
class TermReader {
 public:
  //   footer   outlives this object
  TermReader(const SegmentFooter& footer, ReadPage read_page)
      : footer_(&footer), read_page_(std::move(read_page)) {}

  // The next one; false behind the last. Their postings follow each other without gaps.
  [[nodiscard]] bool next();

  // The one read last, until the next is.
  [[nodiscard]] std::string_view term() const { return term_; }

  [[nodiscard]] const TermInfo& info() const { return info_; }

 private:
  void load();
  void finish_page() const;
  void read_spelling(bool is_restart);
  void read_info(bool is_restart);

  const SegmentFooter* footer_;
  ReadPage read_page_;
  std::size_t pages_ = 0;  // that were loaded
  std::string page_;
  PageReader reader_;
  std::size_t restarts_ = 0;  // of the page
  std::size_t in_page_ = 0;
  std::string term_;
  TermInfo info_;
  std::uint64_t next_offset_ = 0;  // where the postings of the next term begin
};

// The ids of a segment, one after the other.
class IdReader {
 public:
  //   footer   outlives this object
  IdReader(const SegmentFooter& footer, ReadPage read_page)
      : footer_(&footer), read_page_(std::move(read_page)) {}

  // The next one; false behind the last.
  [[nodiscard]] bool next();

  [[nodiscard]] std::uint32_t fingerprint() const { return static_cast<std::uint32_t>(id_ >> 32); }

  [[nodiscard]] std::uint32_t entry() const { return static_cast<std::uint32_t>(id_); }

 private:
  void load();

  const SegmentFooter* footer_;
  ReadPage read_page_;
  std::size_t pages_ = 0;  // that were loaded
  std::string page_;
  PageReader reader_;
  bool has_id_ = false;
  std::uint64_t id_ = 0;  // fingerprint << 32 | entry
};

}  // namespace audit::ledger
