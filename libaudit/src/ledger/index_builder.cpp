#include "ledger/index_builder.hpp"

#include <audit/error.hpp>

#include <algorithm>

#include "event/text.hpp"
#include "ledger/erasure.hpp"
#include "ledger/index_segments.hpp"
#include "ledger/rehash.hpp"
#include "ledger/segment_digest.hpp"
#include "ledger/segment_merge.hpp"

namespace audit::ledger {

namespace {

// A search scans fewer unindexed entries than this in a few milliseconds.
constexpr std::uint32_t kWorthASegment = 256;

// A trickling stream is indexed when so many entries have gathered for so long.
constexpr std::uint32_t kStaleEntries = 2048;
constexpr std::chrono::seconds kStaleAfter{5};

// Small segments are built again together up to so many pages of postings.
constexpr std::uint64_t kMaxRebuiltPages = 786;

// How long to leave the building to another process before asking again.
constexpr std::chrono::seconds kAskAgainAfter{2};

std::string ledger_id_of(const std::filesystem::path& ledger) {
  return LedgerView::open(ledger).ledger_id();
}

Digest hash_of(const LedgerView& view, std::uint64_t seq) {
  const std::optional<Digest> hash = view.hash(seq);
  if (!hash) throw Error(ErrorCode::damaged, "an entry is missing from the ledger");
  return *hash;
}

}  // namespace

IndexBuilder::IndexBuilder(const std::filesystem::path& ledger, const IndexSizes& sizes)
    : ledger_(ledger),
      sizes_(sizes),
      file_(IndexFile::open_to_write(index_file(ledger), ledger_id_of(ledger))) {
  active_ = file_.take_builder_role();
  if (active_) resume();
}

// Goes on after the segments that are there, if they are of this history.
void IndexBuilder::resume() {
  const LedgerView view = LedgerView::open(ledger_);
  const auto stored = [&](std::uint64_t seq) -> std::optional<Digest> {
    return hash_of(view, seq);
  };
  const IndexSegments there =
      accept_segments(file_, file_.objects(IndexFile::Kind::segment), view.size(), stored);
  if (!there.why_not.empty() || !forged_segment(there, stored).empty()) return start_over();
  const std::uint64_t covered = there.watermark();
  segments_.clear();
  for (std::size_t i = 0; i < there.objects.size(); ++i) {
    const IndexFile::Object& object = there.objects[i];
    const SegmentFooter& footer = there.footers[i];
    segments_.push_back(
        {object.id, object.first, object.last, SegmentSize::of(footer), covered, footer.digest});
  }
  start_pending(covered);
}

void IndexBuilder::start_over() {
  if (!active_) return;
  Transaction transaction(file_.database(), Transaction::Kind::write);
  file_.erase_all();
  transaction.commit();
  segments_.clear();
  merged_away_.clear();
  merges_.clear();
  cannot_merge_ = false;
  replaced_ = 0;
  start_pending(0);
}

void IndexBuilder::start_pending(std::uint64_t first) {
  builder_.clear();
  first_ = next_ = first;
  is_stale_ = false;
  is_in_doubt_ = false;
}

void IndexBuilder::add(std::uint64_t seq, const Envelope& envelope, std::int64_t when,
                       std::string_view text) {
  if (!is_ours() || seq < next_) return;
  if (seq > next_) catch_up(seq);
  if (envelope.text(Field::type) == kErasureType) return catch_up(seq + 1);
  add_next(envelope, when, text, seq + 1);
  if (builder_.entries() % kTimeBlockEntries == 0 && is_stale_for(kStaleAfter)) finish(false);
}

//   as_of   entries before this one had erased what they erase when this was read
void IndexBuilder::add_next(const Envelope& envelope, std::int64_t when, std::string_view text,
                            std::uint64_t as_of) {
  as_of_ = builder_.entries() == 0 ? as_of : std::min(as_of_, as_of);
  builder_.add(envelope, when, text);
  ++next_;
  if (builder_.is_full() || builder_.entries() >= sizes_.built) write_segment();
}

// Whether this process builds the index; asks now and then while another one does.
bool IndexBuilder::is_ours() {
  const auto now = std::chrono::steady_clock::now();
  if (!active_ && now >= ask_again_) {
    ask_again_ = now + kAskAgainAfter;
    active_ = file_.take_builder_role();
    if (active_) resume();
  }
  return active_;
}

void IndexBuilder::catch_up(std::uint64_t size, const Progress& progress) {
  // A snapshot for each piece, so that the ledger's log does not grow behind a long one.
  while (is_ours() && next_ < size) {
    read_evidence(std::min(size, next_ + kBuiltSegmentEntries), progress, size);
  }
}

// Adds entries [next_, end) from the evidence.
void IndexBuilder::read_evidence(std::uint64_t end, const Progress& progress, std::uint64_t all) {
  const LedgerView view = LedgerView::open(ledger_);
  const bool is_right = have_their_hashes(view, next_, end);
  EntryCursor cursor = view.entries({next_, end});
  while (next_ < end) {
    if (!cursor.next() || cursor.entry().seq != next_) {
      throw Error(ErrorCode::damaged, "an entry is missing from the ledger");
    }
    const Entry& entry = cursor.entry();
    if (entry.envelope.text(Field::type) == kErasureType) note_erasure(entry);
    read_text(entry);
    is_in_doubt_ |= !is_right;  // one segment may end among these, and the next begin
    add_next(entry.envelope, nanoseconds(entry.when()), text_, view.size());
    if (progress && next_ % 4096 == 0) progress(next_, all);
  }
}

// Into text_.
void IndexBuilder::read_text(const Entry& entry) {
  text_.clear();
  if (entry.payload_state == Entry::Payload::present) {
    event::append_payload_text(json_, entry.payload, text_);
  }
}

void IndexBuilder::finish(bool all) {
  if (!active_ || builder_.entries() == 0) return;
  if (!all && builder_.entries() < kWorthASegment) return;
  const std::size_t small = small_segments_before();
  if (small > 0) {
    const std::uint64_t size = next_;
    start_pending(segments_[segments_.size() - small].first);
    replaced_ = small;
    read_evidence(size, {}, size);
  }
  if (builder_.entries() > 0) write_segment();
}

IndexState IndexBuilder::made() const {
  IndexState state;
  state.segments = merged_away_;
  for (const Segment& segment : segments_) {
    if (segment.is_ours) state.segments.push_back({{segment.first, segment.last}, segment.digest});
  }
  state.merges = merges_;
  if (state.segments.empty() && state.merges.empty()) return state;
  const LedgerView view = LedgerView::open(ledger_);
  state.ledger_id = view.ledger_id();
  state.size = view.size();
  state.last_hash = hash_of(view, view.size() - 1);
  return state;
}

// Where entries come fast enough, add() does it at the end of a block of times.
void IndexBuilder::finish_if_stale() {
  const bool trickles = builder_.entries() < kTimeBlockEntries;
  if (is_stale_for(trickles ? kStaleAfter : 2 * kStaleAfter)) finish(false);
}

bool IndexBuilder::is_stale_for(std::chrono::seconds time) const {
  return builder_.entries() >= kStaleEntries && std::chrono::steady_clock::now() - written_ >= time;
}

// How many of the last segments to build again together with the pending one, so that each entry is
// built again only as often as its segment can double.
std::size_t IndexBuilder::small_segments_before() const {
  std::uint64_t entries = builder_.entries();
  std::uint64_t pages = 0;
  std::size_t count = 0;
  while (count < segments_.size()) {
    const Segment& before = segments_[segments_.size() - 1 - count];
    const std::uint64_t size = before.last - before.first;
    if (size >= 2 * entries || size + entries > sizes_.built) break;
    pages += before.size.posting_pages;
    if (pages > kMaxRebuiltPages) break;
    entries += size;
    ++count;
  }
  return count;
}

// Notes which segments hold more than this entry has left of what it names.
void IndexBuilder::note_erasure(const Entry& entry) {
  std::size_t i = 0;
  for (const std::uint64_t seq : entries_named(json_, entry.payload)) {  // ascending
    if (seq >= entry.seq) return;  // not there yet: it erases nothing
    if (seq >= first_) {
      is_stale_ = is_stale_ || as_of_ <= entry.seq;
      return;
    }
    while (segments_[i].last <= seq) ++i;
    segments_[i].is_stale = segments_[i].is_stale || segments_[i].as_of <= entry.seq;
  }
}

// Makes everything anew that holds what was erased by an entry of the pending segment, and that one.
void IndexBuilder::apply_erasures() {
  const auto is_stale = [](const Segment& segment) { return segment.is_stale; };
  const auto kept_end = segments_.end() - static_cast<std::ptrdiff_t>(replaced_);
  if (!is_stale_ && std::none_of(segments_.begin(), kept_end, is_stale)) return;
  const std::uint64_t first = first_;
  const std::uint64_t end = next_;
  for (std::size_t i = 0; i < segments_.size() - replaced_; ++i) {
    if (segments_[i].is_stale) make_anew(i);
  }
  start_pending(first);
  read_evidence(end, {}, end);
}

// Makes one segment anew; there may be two afterwards.
void IndexBuilder::make_anew(std::size_t segment) {
  const Segment old = segments_[segment];
  const LedgerView view = LedgerView::open(ledger_);
  const bool is_right = have_their_hashes(view, old.first, old.last);
  Transaction transaction(file_.database(), Transaction::Kind::write);
  file_.erase_object(IndexFile::Kind::segment, old.id);
  std::vector<Segment> parts;
  std::uint64_t first = old.first;
  builder_.clear();
  EntryCursor cursor = view.entries({old.first, old.last});
  for (std::uint64_t seq = old.first; seq < old.last; ++seq) {
    if (!cursor.next() || cursor.entry().seq != seq) {
      throw Error(ErrorCode::damaged, "an entry is missing from the ledger");
    }
    const Entry& entry = cursor.entry();
    read_text(entry);
    builder_.add(entry.envelope, nanoseconds(entry.when()), text_);
    const bool is_full = builder_.is_full() || builder_.entries() >= sizes_.built;
    if (!is_full && seq + 1 < old.last) continue;
    parts.push_back(write_object(first, seq + 1, view.size(), entry.hash));
    parts.back().is_ours = is_right;
    first = seq + 1;
  }
  transaction.commit();
  const auto at = segments_.begin() + static_cast<std::ptrdiff_t>(segment);
  segments_.insert(segments_.erase(at), parts.begin(), parts.end());
}

// Writes what is in the builder as the segment of these entries.  requires a write transaction
IndexBuilder::Segment IndexBuilder::write_object(std::uint64_t first, std::uint64_t last,
                                                 std::uint64_t as_of, const Digest& tail) {
  IndexFile::Object object{file_.next_id(), first, last, tail, {}};
  const SegmentFooter footer = ledger::write_segment(file_, object, builder_);
  return {object.id, first, last, SegmentSize::of(footer), as_of, footer.digest, !is_in_doubt_};
}

// Writes the pending segment, in place of the last replaced_ ones.
void IndexBuilder::write_segment() {
  apply_erasures();
  if (builder_.entries() == 0) return;  // made anew, it was full earlier
  Transaction transaction(file_.database(), Transaction::Kind::write);
  const Digest tail = hash_of(LedgerView::open(ledger_), next_ - 1);
  for (; replaced_ > 0; --replaced_) {
    file_.erase_object(IndexFile::Kind::segment, segments_.back().id);
    segments_.pop_back();
  }
  // Nothing in it is known to be stale: what entries before next_ erased is not in it.
  const Segment written = write_object(first_, next_, std::max(as_of_, next_), tail);
  transaction.commit();
  segments_.push_back(written);
  start_pending(next_);
  written_ = std::chrono::steady_clock::now();
}

bool IndexBuilder::merge() {
  if (!active_ || cannot_merge_ || replaced_ > 0) return false;
  std::vector<SegmentSize> sizes;
  for (const Segment& segment : segments_) sizes.push_back(segment.size);
  const auto group = next_merge(sizes, sizes_.merged);
  if (!group) return false;
  try {
    merge(group->first, group->second);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;
    cannot_merge_ = true;  // they stay as they are: verify says what is wrong with them
    return false;
  }
  return true;
}

// Puts one segment in the place of segments_[first, last).
void IndexBuilder::merge(std::size_t first, std::size_t last) {
  Transaction transaction(file_.database(), Transaction::Kind::write);
  const std::vector<MergeSource> sources = read_sources(first, last);
  // Times that are asked of the file again are those of the parts only if the entries are.
  const bool is_right = has_aligned_times(sources) ||
                        have_their_hashes(LedgerView::open(ledger_), segments_[first].first,
                                          segments_[last - 1].last);
  const IndexFile::Object object{file_.next_id(),
                                 segments_[first].first,
                                 segments_[last - 1].last,
                                 sources.back().object.tail,
                                 {}};
  const SegmentFooter footer = merge_segments(file_, sources, object, times_of(sources));
  transaction.commit();
  Segment merged{
      object.id,     object.first, object.last, SegmentSize::of(footer), segments_[first].as_of,
      footer.digest, true};
  IndexState::Merge origin{{{merged.first, merged.last}, merged.digest}, {}};
  for (std::size_t i = first; i < last; ++i) {
    const Segment& part = segments_[i];
    merged.as_of = std::min(merged.as_of, part.as_of);
    merged.is_ours = merged.is_ours && part.is_ours;
    merged.is_stale = merged.is_stale || part.is_stale;
    origin.parts.push_back({{part.first, part.last}, part.digest});
  }
  merged.is_ours = merged.is_ours && is_right;
  if (!merged.is_ours && is_right) note_merge(std::move(origin), first);
  const auto at = segments_.begin() + static_cast<std::ptrdiff_t>(first);
  *at = merged;
  segments_.erase(at + 1, segments_.begin() + static_cast<std::ptrdiff_t>(last));
}

// Who knows the parts knows the whole.
//   first   of the parts in segments_
void IndexBuilder::note_merge(IndexState::Merge merge, std::size_t first) {
  for (std::size_t i = 0; i < merge.parts.size(); ++i) {
    if (segments_[first + i].is_ours) merged_away_.push_back(merge.parts[i]);
  }
  merges_.push_back(std::move(merge));
}

// As they are in the file.
std::vector<MergeSource> IndexBuilder::read_sources(std::size_t first, std::size_t last) const {
  std::vector<MergeSource> sources;
  for (IndexFile::Object& object : file_.objects(IndexFile::Kind::segment)) {
    const std::size_t next = first + sources.size();
    if (next == last) break;
    if (object.id != segments_[next].id) continue;
    std::optional<SegmentFooter> footer = SegmentFooter::decode(object.footer);
    if (!footer || object.first != segments_[next].first || object.last != segments_[next].last ||
        footer->digest != segments_[next].digest) {
      break;
    }
    object.footer = {};
    sources.push_back({std::move(object), std::move(*footer)});
  }
  if (sources.size() != last - first)
    throw Error(ErrorCode::damaged, "a part of the index is gone");
  return sources;
}

// Blocks of times are counted from the first entry of a segment: where they do not fit together, the
// entries are asked again.
std::vector<SegmentFooter::TimeBlock> IndexBuilder::times_of(
    std::span<const MergeSource> sources) const {
  std::vector<SegmentFooter::TimeBlock> times;
  if (has_aligned_times(sources)) {
    for (const MergeSource& source : sources) {
      const auto& blocks = source.footer.time_blocks;
      times.insert(times.end(), blocks.begin(), blocks.end());
    }
    return times;
  }
  const std::uint64_t first = sources.front().object.first;
  const std::uint64_t last = sources.back().object.last;
  const LedgerView view = LedgerView::open(ledger_);
  EntryCursor cursor =
      view.entries({first, last}, Order::oldest_first, FieldSet{Field::time}, false);
  for (std::uint64_t seq = first; seq < last; ++seq) {
    if (!cursor.next() || cursor.entry().seq != seq) {
      throw Error(ErrorCode::damaged, "an entry is missing from the ledger");
    }
    if ((seq - first) % kTimeBlockEntries == 0) times.emplace_back();
    times.back().add(nanoseconds(cursor.entry().when()));
  }
  return times;
}

}  // namespace audit::ledger
