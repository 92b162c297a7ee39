#include "verify/index.hpp"

#include <audit/error.hpp>
#include <audit/ledger.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "ledger/index_scan.hpp"
#include "ledger/index_segments.hpp"

namespace audit::verify {

namespace {

// Looked at again together: so many entries' sums are kept in memory.
constexpr std::uint64_t kWindowEntries = 16 * kSumBlockEntries;

constexpr int kAttempts = 5;

// Gives add(entry, sum) what each posting of a segment comes to.
template <class Add>
class Summing final : public ledger::SegmentVisitor {
 public:
  Summing(const PostingKey& key, std::uint64_t first, Add add)
      : key_(key), first_(first), add_(std::move(add)) {}

  void term(std::string_view term) override { term_ = key_.spelled(term); }

  void postings(std::span<const ledger::Posting> postings) override {
    for (const ledger::Posting& posting : postings) {
      const std::uint64_t seq = first_ + posting.entry;
      add_(seq, key_.posting(term_, seq, posting.position));
    }
  }

  void id(std::uint32_t fingerprint, std::uint32_t entry) override {
    const std::uint64_t seq = first_ + entry;
    add_(seq, key_.posting(key_.id(fingerprint), seq, PostingKey::kNoPosition));
  }

 private:
  const PostingKey& key_;
  std::uint64_t first_;
  Add add_;
  std::uint64_t term_ = 0;
};

}  // namespace

IndexCheck::IndexCheck(const std::filesystem::path& ledger, std::string_view ledger_id,
                       unsigned threads) {
  try {
    open(index_file(ledger), ledger_id, threads);
  } catch (const Error& error) {
    why_not_ = error.message();
  }
}

// All threads must see the same segments.
void IndexCheck::open(const std::filesystem::path& file, std::string_view ledger_id,
                      unsigned threads) {
  constexpr auto kSegments = ledger::IndexFile::Kind::segment;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    files_.clear();
    Digest seen;
    for (unsigned i = 0; i < std::max(threads, 1U); ++i) {
      auto opened = ledger::IndexFile::open_to_read(file, ledger_id, why_not_);
      if (!opened) return;
      const Digest sees = opened->digest_of_objects(kSegments);
      if (i == 0) {
        layout_.segments = opened->objects(kSegments);
        seen = sees;
      } else if (sees != seen) {
        break;
      }
      files_.push_back(std::move(*opened));
    }
    if (files_.size() == std::max(threads, 1U)) return;
  }
  why_not_ = "it is being written all the time";
}

void IndexCheck::bind(ledger::EvidenceScan& scan, Findings& findings) {
  if (!is_bound()) return;
  why_not_ = "the entries that it names could not be read";  // should the next throw
  const auto stored = [&](std::uint64_t seq) { return scan.hash_of(seq); };
  ledger::IndexSegments accepted = ledger::accept_segments(
      files_.front(), std::move(layout_.segments), scan.snapshot().size, stored);
  why_not_ = std::move(accepted.why_not);
  if (!is_bound()) return;
  const std::string forged = ledger::forged_segment(accepted, stored);
  if (!forged.empty()) findings.add("index", std::nullopt, forged);
  layout_.segments = std::move(accepted.objects);
  layout_.footers = std::move(accepted.footers);
  for (const auto& footer : layout_.footers) times_.emplace_back(footer.time_blocks.size());
  blocks_.resize(
      static_cast<std::size_t>((layout_.watermark() + kSumBlockEntries - 1) / kSumBlockEntries));
}

void IndexCheck::scan_segment(std::size_t segment, unsigned thread, Findings& findings) {
  const auto& object = layout_.segments[segment];
  const std::uint64_t first_block = object.first / kSumBlockEntries;
  std::vector<PostingSum> sums(
      static_cast<std::size_t>((object.last - 1) / kSumBlockEntries - first_block + 1));
  Summing visitor(layout_.key, object.first, [&](std::uint64_t seq, const PostingSum& sum) {
    sums[static_cast<std::size_t>(seq / kSumBlockEntries - first_block)] += sum;
  });
  bool is_damaged = false;
  try {
    ledger::SegmentScan scan(files_[thread]);
    scan.scan(object, layout_.footers[segment], visitor);
    if (!scan.is_as_digest_says()) {
      findings.add("index", std::nullopt,
                   fmt::format("the part for entries {} to {} is not what its digest was made of",
                               object.first, object.last - 1));
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;
    is_damaged = true;
    findings.add("index", std::nullopt,
                 fmt::format("the part for entries {} to {} is damaged: {}", object.first,
                             object.last - 1, error.message()));
  }
  const std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    Block& block = blocks_[static_cast<std::size_t>(first_block) + i];
    block.index += sums[i];
    block.has_damage = block.has_damage || is_damaged;
  }
}

void IndexCheck::take(const IndexPart& part) {
  for (const IndexPart::Block& block : part.blocks) {
    blocks_[static_cast<std::size_t>(block.number)].evidence += block.sum;
  }
  for (const IndexPart::Times& one : part.times) {
    auto& span = times_[one.segment][one.block];
    span.min = std::min(span.min, one.times.min);
    span.max = std::max(span.max, one.times.max);
  }
}

void IndexCheck::take_erased(const Runs& erased) {
  for (const Runs::Run& run : erased.list()) {
    if (run.first >= layout_.watermark()) continue;
    erased_since_.resize(static_cast<std::size_t>(layout_.watermark()));
    const std::uint64_t last = std::min(run.last(), layout_.watermark());
    for (std::uint64_t seq = run.first; seq < last; ++seq) {
      erased_since_[static_cast<std::size_t>(seq)] = true;
    }
  }
}

std::vector<IndexSegment> IndexCheck::segments() const {
  std::vector<IndexSegment> segments;
  for (std::size_t i = 0; i < segment_count(); ++i) {
    segments.push_back(
        {{layout_.segments[i].first, layout_.segments[i].last}, layout_.footers[i].digest});
  }
  return segments;
}

std::uint64_t IndexCheck::erased_since() const noexcept {
  return static_cast<std::uint64_t>(std::count(erased_since_.begin(), erased_since_.end(), true));
}

std::vector<SequenceRange> IndexCheck::compare(ledger::EvidenceScan& scan,
                                               const ledger::WordTable& words,
                                               Findings& findings) const {
  compare_times(scan, words, findings);
  std::vector<SequenceRange> windows;
  for (std::uint64_t number = 0; number < blocks_.size(); ++number) {
    const Block& block = blocks_[static_cast<std::size_t>(number)];
    if (block.has_damage || block.evidence == block.index) continue;
    const std::uint64_t first = number * kSumBlockEntries;
    const std::uint64_t last = std::min(first + kSumBlockEntries, layout_.watermark());
    if (!windows.empty() && windows.back().last == first &&
        windows.back().count() < kWindowEntries) {
      windows.back().last = last;
    } else {
      windows.push_back({first, last});
    }
  }
  return windows;
}

void IndexCheck::compare_times(ledger::EvidenceScan& scan, const ledger::WordTable& words,
                               Findings& findings) const {
  ledger::EntryDecoder decoder(words);
  ledger::EntryRow row;
  for (std::size_t segment = 0; segment < times_.size(); ++segment) {
    const auto& said = layout_.footers[segment].time_blocks;
    for (std::size_t i = 0; i < times_[segment].size(); ++i) {
      const auto& found = times_[segment][i];
      if (found.min == said[i].min && found.max == said[i].max) continue;
      const std::uint64_t first = layout_.segments[segment].first + i * ledger::kTimeBlockEntries;
      const std::uint64_t last = std::min<std::uint64_t>(first + ledger::kTimeBlockEntries,
                                                         layout_.segments[segment].last);
      bool has_erased = false;
      for (std::uint64_t seq = first; seq < last; ++seq) has_erased |= is_erased_since(seq);
      if (has_erased && holds_times({first, last}, said[i], scan, decoder, row)) continue;
      findings.add(
          "index", std::nullopt,
          fmt::format("it gives the entries {} to {} other times than they have", first, last - 1));
    }
  }
}

// Whether the others than those erased since happened within these times: when the erased ones did
// may be known to the index alone.
bool IndexCheck::holds_times(SequenceRange range, const ledger::SegmentFooter::TimeBlock& said,
                             ledger::EvidenceScan& scan, ledger::EntryDecoder& decoder,
                             ledger::EntryRow& row) const {
  try {
    std::uint64_t rows = 0;
    scan.read(range.first, range.last, decoder);
    while (scan.next(row)) {
      const auto seq = static_cast<std::uint64_t>(row.seq);
      if (++rows > range.count()) break;  // the rows lead round in circles: verify says so
      if (seq < range.first || seq >= range.last || is_erased_since(seq)) continue;
      if (when(row) < said.min || when(row) > said.max) return false;
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;  // what cannot be read is not compared
  }
  return true;
}

void IndexCheck::look_again(SequenceRange window, unsigned thread, ledger::EvidenceScan& scan,
                            const ledger::WordTable& words, Findings& findings) {
  struct Sums {
    PostingSum evidence;
    PostingSum index;
    bool is_there = false;
  };

  std::vector<Sums> sums(static_cast<std::size_t>(window.count()));
  const auto at = [&](std::uint64_t seq) -> Sums& {
    return sums[static_cast<std::size_t>(seq - window.first)];
  };
  ledger::EntryDecoder decoder(words);
  ledger::EntryRow row;
  EntryTerms terms;
  try {
    scan.read(window.first, window.last, decoder);
    while (scan.next(row)) {
      const auto seq = static_cast<std::uint64_t>(row.seq);
      if (seq < window.first || seq >= window.last || at(seq).is_there) break;  // verify names it
      at(seq) = {terms.sum(row, layout_.key), at(seq).index, true};
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;  // what cannot be read is not compared
  }
  for (std::size_t i = layout_.segment_of(window.first);
       i < segment_count() && layout_.segments[i].first < window.last; ++i) {
    Summing visitor(layout_.key, layout_.segments[i].first,
                    [&](std::uint64_t seq, const PostingSum& sum) {
                      if (seq >= window.first && seq < window.last) at(seq).index += sum;
                    });
    ledger::SegmentScan(files_[thread]).scan(layout_.segments[i], layout_.footers[i], visitor);
  }
  for (std::uint64_t seq = window.first; seq < window.last; ++seq) {
    const Sums& one = at(seq);
    if (!one.is_there || one.evidence == one.index || is_erased_since(seq)) continue;
    findings.add("index", seq, "the index does not say of it what it holds");
  }
}

}  // namespace audit::verify
