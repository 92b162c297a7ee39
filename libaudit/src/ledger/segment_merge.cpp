#include "ledger/segment_merge.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <deque>
#include <limits>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "ledger/segment_digest.hpp"
#include "ledger/segment_reader.hpp"
#include "ledger/segment_writer.hpp"

namespace audit::ledger {

namespace {

[[noreturn]] void refuse(std::string_view what) {
  throw Error(ErrorCode::damaged, std::string(what), "run 'audit verify --rebuild-index'");
}

// One of the segments, read from its front to its end; its pages are erased behind the reader.
class Source {
 public:
  //   before   entries of the merged segment before this one's first
  Source(IndexFile& file, PageCheck& check, const MergeSource& segment, std::uint64_t before)
      : file_(file),
        check_(check),
        id_(segment.object.id),
        footer_(segment.footer),
        before_(before),
        terms_(footer_, [this](std::uint64_t number, std::string& out) { take_page(number, out); }),
        ids_(footer_, [this](std::uint64_t number, std::string& out) { take_page(number, out); }) {
    if (segment_digest(segment.object, footer_) != footer_.digest) refuse("its digest is wrong");
    next_term();
  }

  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  void next_term() { has_term_ = terms_.next(); }

  [[nodiscard]] bool has_term() const { return has_term_; }

  [[nodiscard]] std::string_view term() const { return terms_.term(); }

  [[nodiscard]] std::uint32_t entries() const { return terms_.info().entries; }

  // Copies the entries of the term in hand as the merged segment counts them.
  //   last      the entry before them in the merged list, counted from 1; 0 if there is none. Then
  //             the last of these.
  //   returns   how many bytes it wrote
  std::uint64_t copy_entries(SegmentWriter& out, std::uint64_t& last);

  // Copies its positions, once its entries are copied.
  void copy_positions(SegmentWriter& out) {
    for (std::uint64_t left = terms_.info().positions_bytes; left > 0;) {
      const std::string_view piece = take_postings(left);
      out.add_postings(piece);
      left -= piece.size();
    }
  }

  void next_id() {
    constexpr auto kNone = std::numeric_limits<std::uint64_t>::max();
    id_in_hand_ =
        ids_.next() ? std::uint64_t{ids_.fingerprint()} << 32 | (before_ + ids_.entry()) : kNone;
  }

  // Fingerprint and entry of the merged segment; more than any other behind the last.
  [[nodiscard]] std::uint64_t id() const { return id_in_hand_; }

 private:
  void take_page(std::uint64_t number, std::string& out) {
    file_.read_page(id_, number, out);
    if (!check_.is_right(id_, footer_, number, out)) refuse("a page of it has another digest");
    file_.erase_page(id_, number);
  }

  // What comes next in its postings, up to the end of a page.
  std::string_view take_postings(std::uint64_t most) {
    if (at_ == page_.size()) {
      take_page(posting_pages_++, page_);
      at_ = 0;
      if (page_.empty() || posting_pages_ > footer_.posting_pages) refuse("it lacks postings");
    }
    const std::string_view piece = std::string_view(page_).substr(at_, most);
    at_ += piece.size();
    return piece;
  }

  IndexFile& file_;
  PageCheck& check_;
  std::int64_t id_;
  const SegmentFooter& footer_;
  std::uint64_t before_;
  TermReader terms_;
  IdReader ids_;
  bool has_term_ = false;
  std::uint64_t id_in_hand_ = 0;
  std::string page_;  // of postings
  std::size_t at_ = 0;
  std::uint64_t posting_pages_ = 0;  // that were taken
};

// Reads the numbers of a list off its bytes, wherever pages cut them.
class ListReader {
 public:
  // Takes one byte; true if it ends the distance of an entry (`head`).
  bool take(unsigned char byte) {
    if (shift_ > 56) refuse("a number in its postings is not as it must be");
    number_ |= std::uint64_t{byte & 0x7fU} << shift_;
    shift_ += 7;
    if (byte >= 0x80) return false;
    head_ = number_;
    number_ = shift_ = 0;
    // A head without the low bit is followed by a count.
    const bool is_head = !std::exchange(is_count_, !is_count_ && (head_ & 1) == 0);
    return is_head;
  }

  [[nodiscard]] std::uint64_t head() const { return head_; }

  [[nodiscard]] bool is_between() const { return shift_ == 0 && !is_count_; }

 private:
  std::uint64_t number_ = 0;
  unsigned shift_ = 0;
  bool is_count_ = false;
  std::uint64_t head_ = 0;
};

std::uint64_t Source::copy_entries(SegmentWriter& out, std::uint64_t& last) {
  ListReader list;
  std::uint64_t entry = before_;  // the one read last, counted from 1
  std::uint64_t count = 0;
  std::uint64_t written = 0;
  const auto write = [&](std::string_view bytes) {
    out.add_postings(bytes);
    written += bytes.size();
  };
  for (std::uint64_t left = terms_.info().entries_bytes; left > 0;) {
    const std::string_view piece = take_postings(left);
    left -= piece.size();
    std::size_t copied = count == 0 ? piece.size() : 0;
    for (std::size_t i = 0; i < piece.size(); ++i) {
      if (!list.take(static_cast<unsigned char>(piece[i]))) continue;
      entry += list.head() >> 1;
      if (entry > before_ + footer_.entries)
        refuse("the entries of a term are not as they must be");
      if (count++ > 0) continue;
      std::string first;  // counted from another entry now
      base::put_varint(first, (entry - last) << 1 | (list.head() & 1));
      write(first);
      copied = i + 1;
    }
    write(piece.substr(copied));
  }
  if (!list.is_between() || count != terms_.info().entries) {
    refuse("the entries of a term are not as they must be");
  }
  last = entry;
  return written;
}

void merge_terms(std::deque<Source>& sources, SegmentWriter& out) {
  const auto is_before = [](const Source& a, const Source& b) {
    return a.has_term() && (!b.has_term() || a.term() < b.term());
  };
  std::string term;
  for (;;) {
    const Source& least = *std::min_element(sources.begin(), sources.end(), is_before);
    if (!least.has_term()) return;
    term.assign(least.term());
    const auto has_it = [&](const Source& source) {
      return source.has_term() && source.term() == term;
    };
    std::uint64_t last = 0;
    std::uint64_t entries_bytes = 0;
    std::uint32_t entries = 0;
    for (Source& source : sources) {
      if (!has_it(source)) continue;
      entries_bytes += source.copy_entries(out, last);
      entries += source.entries();
    }
    for (Source& source : sources) {
      if (has_it(source)) source.copy_positions(out);
    }
    out.add_term(term, entries, entries_bytes);
    for (Source& source : sources) {
      if (has_it(source)) source.next_term();
    }
  }
}

void merge_ids(std::deque<Source>& sources, SegmentWriter& out) {
  for (Source& source : sources) source.next_id();
  for (;;) {
    Source& least =
        *std::min_element(sources.begin(), sources.end(),
                          [](const Source& a, const Source& b) { return a.id() < b.id(); });
    if (least.id() == std::numeric_limits<std::uint64_t>::max()) return;
    out.add_id(static_cast<std::uint32_t>(least.id() >> 32),
               static_cast<std::uint32_t>(least.id()));
    least.next_id();
  }
}

}  // namespace

std::optional<std::pair<std::size_t, std::size_t>> next_merge(std::span<const SegmentSize> sizes,
                                                              const SegmentSize& most) {
  for (std::size_t first = 0; first < sizes.size(); ++first) {
    SegmentSize all;
    std::uint64_t largest = 0;
    std::size_t last = first;
    for (; last < sizes.size() && last - first < kMaxMergeSources; ++last) {
      const SegmentSize& next = sizes[last];
      const SegmentSize sum{all.entries + next.entries, all.posting_pages + next.posting_pages,
                            all.term_pages + next.term_pages, all.id_pages + next.id_pages};
      if (sum.entries > most.entries || sum.posting_pages > most.posting_pages ||
          sum.term_pages > most.term_pages || sum.id_pages > most.id_pages) {
        break;
      }
      all = sum;
      largest = std::max(largest, next.posting_pages);
    }
    const bool may_grow =
        last == sizes.size() && last - first < kMaxMergeSources && all.entries < most.entries;
    if (may_grow) return std::nullopt;
    // What is nearly as large as it can be is not written again for a little more.
    if (last - first > 1 && largest <= all.posting_pages - all.posting_pages / 4) {
      return std::pair(first, last);
    }
  }
  return std::nullopt;
}

bool has_aligned_times(std::span<const MergeSource> sources) {
  return std::all_of(sources.begin(), sources.end() - 1, [](const MergeSource& source) {
    return source.footer.entries % kTimeBlockEntries == 0;
  });
}

SegmentFooter merge_segments(IndexFile& file, std::span<const MergeSource> sources,
                             const IndexFile::Object& merged,
                             std::vector<SegmentFooter::TimeBlock> times) {
  PageCheck check(file);
  std::deque<Source> streams;  // they do not move
  std::uint64_t entries = 0;
  for (const MergeSource& source : sources) {
    streams.emplace_back(file, check, source, entries);
    entries += source.footer.entries;
  }
  SegmentStore store(file, merged);
  SegmentWriter writer([&](std::string_view page) { store.write_page(page); });
  merge_terms(streams, writer);
  merge_ids(streams, writer);
  SegmentFooter footer = writer.finish();
  footer.entries = static_cast<std::uint32_t>(entries);
  footer.time_blocks = std::move(times);
  for (const MergeSource& source : sources) {
    file.erase_object(IndexFile::Kind::segment, source.object.id);
  }
  return store.finish(std::move(footer));
}

}  // namespace audit::ledger
