#include "ledger/index_builder.hpp"

#include <audit/error.hpp>

#include <algorithm>

#include "event/text.hpp"

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
  EntryCursor cursor = view.entries({seq, seq + 1}, Order::oldest_first, FieldSet(), false);
  if (!cursor.next()) throw Error(ErrorCode::damaged, "an entry is missing from the ledger");
  return cursor.entry().hash;
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
  segments_.clear();
  std::uint64_t covered = 0;
  Digest tail;
  bool sound = true;
  for (const IndexFile::Object& segment : file_.objects(IndexFile::Kind::segment)) {
    const std::optional<SegmentFooter> footer = SegmentFooter::decode(segment.footer);
    sound = sound && segment.first == covered && segment.last > segment.first && footer.has_value();
    covered = segment.last;
    segments_.push_back(
        {segment.id, segment.first, segment.last, sound ? footer->posting_bytes : 0});
    tail = segment.tail;
  }
  sound = sound && covered <= view.size() && (covered == 0 || hash_of(view, covered - 1) == tail);
  if (!sound) return start_over();
  first_ = next_ = covered;
}

void IndexBuilder::start_over() {
  if (!active_) return;
  Transaction transaction(file_.database(), Transaction::Kind::write);
  for (const auto kind : {IndexFile::Kind::segment, IndexFile::Kind::run}) {
    for (const IndexFile::Object& object : file_.objects(kind)) file_.erase_object(kind, object.id);
  }
  transaction.commit();
  segments_.clear();
  builder_.clear();
  first_ = next_ = 0;
  replaced_ = 0;
}

void IndexBuilder::add(std::uint64_t seq, const Envelope& envelope, std::int64_t when,
                       std::string_view text) {
  if (!is_ours() || seq < next_) return;
  if (seq > next_) catch_up(seq);
  add_next(envelope, when, text);
}

void IndexBuilder::add_next(const Envelope& envelope, std::int64_t when, std::string_view text) {
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
    text_.clear();
    if (entry.payload_state == Entry::Payload::present) {
      event::append_payload_text(json_, entry.payload, text_);
    }
    add_next(entry.envelope, nanoseconds(entry.when()), text_);
    if (progress && next_ % 4096 == 0) progress(next_, all);
  }
}

void IndexBuilder::finish(bool all) {
  if (!active_ || builder_.entries() == 0) return;
  if (!all && builder_.entries() < kWorthASegment) return;
  const std::size_t small = small_segments_before();
  if (small > 0) {
    const std::uint64_t size = next_;
    builder_.clear();
    first_ = next_ = segments_[segments_.size() - small].first;
    replaced_ = small;
    read_evidence(size, {}, size);
  }
  if (builder_.entries() > 0) write_segment();
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

// Writes the pending segment, in place of the last replaced_ ones.
void IndexBuilder::write_segment() {
  Transaction transaction(file_.database(), Transaction::Kind::write);
  IndexFile::Object object;
  object.id = file_.next_id();
  object.first = first_;
  object.last = next_;
  object.tail = hash_of(LedgerView::open(ledger_), next_ - 1);
  for (; replaced_ > 0; --replaced_) {
    file_.erase_object(IndexFile::Kind::segment, segments_.back().id);
    segments_.pop_back();
  }
  std::uint64_t number = 0;
  const SegmentFooter footer =
      builder_.finish([&](std::string_view page) { file_.write_page(object.id, number++, page); });
  object.footer = footer.encode();
  file_.write_object(IndexFile::Kind::segment, object);
  transaction.commit();
  segments_.push_back({object.id, object.first, object.last, footer.posting_bytes});
  first_ = next_;
  written_ = std::chrono::steady_clock::now();
}

}  // namespace audit::ledger
