#include "ledger/index_builder.hpp"

#include <audit/error.hpp>

#include <algorithm>

#include "event/text.hpp"
#include "ledger/erasure.hpp"
#include "ledger/index_segments.hpp"
#include "ledger/segment_digest.hpp"

namespace audit::ledger {

namespace {

// A search scans fewer unindexed entries than this in a few milliseconds.
constexpr std::uint32_t kWorthASegment = 256;

// A trickling stream is indexed when so many entries have gathered for so long.
constexpr std::uint32_t kStaleEntries = 2048;
constexpr std::chrono::seconds kStaleAfter{5};

// Small segments are built again together up to so many bytes of postings.
constexpr std::uint64_t kMaxMergedBytes = std::uint64_t{12} << 20;

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

IndexBuilder::IndexBuilder(const std::filesystem::path& ledger)
    : ledger_(ledger), file_(IndexFile::open_to_write(index_file(ledger), ledger_id_of(ledger))) {
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
        {object.id, object.first, object.last, footer.posting_bytes, covered, footer.digest});
  }
  start_pending(covered);
}

void IndexBuilder::start_over() {
  if (!active_) return;
  Transaction transaction(file_.database(), Transaction::Kind::write);
  file_.erase_all();
  transaction.commit();
  segments_.clear();
  replaced_ = 0;
  start_pending(0);
}

void IndexBuilder::start_pending(std::uint64_t first) {
  builder_.clear();
  first_ = next_ = first;
  is_stale_ = false;
}

void IndexBuilder::add(std::uint64_t seq, const Envelope& envelope, std::int64_t when,
                       std::string_view text) {
  if (!is_ours() || seq < next_) return;
  if (seq > next_) catch_up(seq);
  if (envelope.text(Field::type) == kErasureType) return catch_up(seq + 1);
  add_next(envelope, when, text, seq + 1);
}

//   as_of   entries before this one had erased what they erase when this was read
void IndexBuilder::add_next(const Envelope& envelope, std::int64_t when, std::string_view text,
                            std::uint64_t as_of) {
  as_of_ = builder_.entries() == 0 ? as_of : std::min(as_of_, as_of);
  builder_.add(envelope, when, text);
  ++next_;
  if (builder_.is_full()) write_segment();
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
    read_evidence(std::min(size, next_ + kMaxSegmentEntries), progress, size);
  }
}

// Adds entries [next_, end) from the evidence.
void IndexBuilder::read_evidence(std::uint64_t end, const Progress& progress, std::uint64_t all) {
  const LedgerView view = LedgerView::open(ledger_);
  EntryCursor cursor = view.entries({next_, end});
  while (next_ < end) {
    if (!cursor.next() || cursor.entry().seq != next_) {
      throw Error(ErrorCode::damaged, "an entry is missing from the ledger");
    }
    const Entry& entry = cursor.entry();
    if (entry.envelope.text(Field::type) == kErasureType) note_erasure(entry);
    read_text(entry);
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
  for (const Segment& segment : segments_) {
    if (segment.is_ours) state.segments.push_back({{segment.first, segment.last}, segment.digest});
  }
  if (state.segments.empty()) return state;
  const LedgerView view = LedgerView::open(ledger_);
  state.ledger_id = view.ledger_id();
  state.size = view.size();
  state.last_hash = hash_of(view, view.size() - 1);
  return state;
}

void IndexBuilder::finish_if_stale() {
  if (builder_.entries() < kStaleEntries) return;
  if (std::chrono::steady_clock::now() - written_ >= kStaleAfter) finish(false);
}

// How many of the last segments to build again together with the pending one, so that each entry is
// built again only as often as its segment can double.
std::size_t IndexBuilder::small_segments_before() const {
  std::uint64_t entries = builder_.entries();
  std::uint64_t bytes = 0;
  std::size_t count = 0;
  while (count < segments_.size()) {
    const Segment& before = segments_[segments_.size() - 1 - count];
    const std::uint64_t size = before.last - before.first;
    if (size >= 2 * entries || size + entries > kMaxSegmentEntries) break;
    bytes += before.posting_bytes;
    if (bytes > kMaxMergedBytes) break;
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
    if (!builder_.is_full() && seq + 1 < old.last) continue;
    parts.push_back(write_object(first, seq + 1, view.size(), entry.hash));
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
  return {object.id, first, last, footer.posting_bytes, as_of, footer.digest, true};
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

}  // namespace audit::ledger
