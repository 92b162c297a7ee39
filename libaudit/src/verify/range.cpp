#include "verify/range.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ledger/rehash.hpp"
#include "ledger/schema.hpp"

namespace audit::verify {

namespace {

// How far to go back for an entry that follows from the stored hash before it; farther would let a
// hostile ledger make the work quadratic, and then only the first good entry behind so many bad
// ones may be called bad too.
constexpr std::array<std::uint64_t, 5> kStepsBack{1, 16, 256, 4096, 65'536};

constexpr std::uint64_t kStopEvery = 1024;

}  // namespace

void NamedEntries::add(const Erasure& erasure) {
  for (const std::uint64_t seq : erasure.entries) runs_.add(seq, erasure.what);
  unite_if_many();
}

void NamedEntries::append(const NamedEntries& other) {
  runs_.append(other.runs_);
  unite_if_many();
}

void NamedEntries::unite_if_many() {
  if (runs_.list().size() < limit_) return;
  runs_ = runs_.united();
  limit_ = std::max(kFewRuns, 2 * runs_.list().size());
}

RangeReader::RangeReader(const RangeTask& task, ledger::EvidenceScan& scan,
                         const ledger::WordTable& words)
    : task_(task), scan_(scan), decoder_(words), word_count_(words.size()) {}

bool RangeReader::is_stopped() const noexcept { return task_.stop != nullptr && *task_.stop; }

RangeResult RangeReader::read(SequenceRange range) {
  RangeResult result(task_.max_findings);
  result.range = range;
  result.words.clear(word_count_);
  tree_.clear(range);
  ChainWalk walk(state_before(range.first), result.findings);
  before_ = walk.state().stored;
  read_rows(result, walk);
  finish_chain(result, walk);
  finish_tree(result);
  return result;
}

// What the entries before `seq` leave to it.
ChainWalk::State RangeReader::state_before(std::uint64_t seq) {
  if (seq == 0) return ChainWalk::beginning();
  ChainWalk::State state;
  for (const std::uint64_t back : kStepsBack) {
    const std::uint64_t first = seq > back ? seq - back : 0;
    Findings ignored(0);
    ChainWalk walk(first == 0 ? ChainWalk::beginning() : ChainWalk::State(), ignored);
    const bool readable = walk_to(first, seq, walk);
    state = walk.state();
    if (!readable || walk.is_settled() || first == 0) break;
  }
  return state;
}

// Walks entries [first, last) from what the stored hash of the entry before says; false if some
// cannot be read, or more rows stand among them that do not belong there than do.
bool RangeReader::walk_to(std::uint64_t first, std::uint64_t last, ChainWalk& walk) {
  std::uint64_t next = first == 0 ? 0 : first - 1;
  before_ = walk.state().stored;
  std::uint64_t misplaced = 0;
  try {
    scan_.read(next, last, decoder_);
    while (scan_.next(row_)) {
      const auto seq = static_cast<std::uint64_t>(row_.seq);
      if (row_.seq < 0 || seq < next) {
        if (++misplaced <= last - first) continue;
        throw Error(ErrorCode::damaged, "the rows lead round in circles");
      }
      if (seq > next) {
        flush(walk);
        walk.take_hole();
        before_.reset();
      }
      next = seq + 1;
      add_to_batch(row_);
      if (batch_.is_full()) flush(walk);
    }
    flush(walk);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;
    batch_.clear();
    pending_.clear();
    walk.take_hole();
    return false;
  }
  if (next < last) walk.take_hole();
  return true;
}

// Reads on behind what cannot be read.
void RangeReader::read_rows(RangeResult& result, ChainWalk& walk) {
  const SequenceRange range = result.range;
  std::uint64_t next = range.first;
  // From the entry before, so that no row between two ranges stays unseen.
  scan_.read(next == 0 ? 0 : next - 1, range.last, decoder_);
  while (next < range.last && !is_stopped()) {
    try {
      read_readable_rows(next, result, walk);
      break;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::damaged) throw;
      flush(walk);
      const auto readable = scan_.readable_from(next, range.last);
      const std::uint64_t until = readable.value_or(range.last);
      result.findings.add_each("structure", {next, until},
                               fmt::format("it cannot be read: {}", error.message()));
      result.words.note_lost();
      walk.take_hole();
      before_.reset();
      next = until;
      if (readable) scan_.read(until, range.last, decoder_);
    }
  }
  flush(walk);
  if (next >= range.last || is_stopped()) return;
  result.findings.add_each("missing", {next, range.last}, "it is not there");
  walk.take_hole();
}

void RangeReader::read_readable_rows(std::uint64_t& next, RangeResult& result, ChainWalk& walk) {
  const SequenceRange range = result.range;
  std::uint64_t misplaced = 0;
  while (scan_.next(row_)) {
    if (row_.seq == static_cast<std::int64_t>(range.first) - 1 && next == range.first) continue;
    if (row_.seq < static_cast<std::int64_t>(next)) {
      result.findings.add("order", static_cast<std::uint64_t>(row_.seq),
                          "a row of this number stands where it does not belong");
      if (++misplaced > range.count()) {  // a table that leads round in circles would never end
        result.findings.add_each("structure", {next, range.last}, "the rows lead round in circles");
        next = range.last;
        return;
      }
      continue;
    }
    const auto seq = static_cast<std::uint64_t>(row_.seq);
    if (seq > next) {
      flush(walk);
      result.findings.add_each("missing", {next, seq}, "it is not there");
      walk.take_hole();
      before_.reset();
    }
    next = seq + 1;
    take_row(result);
    if (batch_.is_full()) flush(walk);
    if (++result.rows % kStopEvery == 0 && is_stopped()) return;
  }
}

// Everything about a row but its place in the chain.
void RangeReader::take_row(RangeResult& result) {
  const auto seq = static_cast<std::uint64_t>(row_.seq);
  if (!row_.problem.empty()) result.findings.add("encoding", seq, row_.problem);
  if (!row_.knows_storage) ++result.undecided;
  if (row_.has_hash) tree_.set(seq, row_.hash);
  result.words.add(row_);
  if (row_.has_kept) result.gone.add(seq, Remains::of(row_).packed());
  if (seq == 0 || is_system(row_.type())) take_system(result);
  if (task_.index != nullptr && seq < task_.index->watermark()) {
    result.index.add(*task_.index, seq, terms_.sum(row_, task_.index->key), when(row_));
  }
  add_to_batch(row_);
}

void RangeReader::take_system(RangeResult& result) {
  SystemEntry entry = system_.read(row_, result.findings);
  if (auto* erasure = std::get_if<Erasure>(&entry.says)) {
    result.named.add(*erasure);
    if (result.erasures.size() < kMaxErasuresListed) {
      result.erasures.push_back(std::move(erasure->note));
    } else {
      ++result.erasures_not_listed;
    }
    if (task_.index != nullptr && entry.seq >= task_.index->watermark()) {
      result.erased_since.add(*erasure);
    }
    entry.says = std::monostate();
  }
  result.system.push_back(std::move(entry));
}

void RangeReader::add_to_batch(const ledger::EntryRow& row) {
  static constexpr Digest kUnknown{};
  const auto seq = static_cast<std::uint64_t>(row.seq);
  const event::CommitmentBatch::Place place{seq, row.received, before_ ? *before_ : kUnknown};
  Pending pending;
  pending.link.seq = seq;
  pending.link.received = row.received;
  pending.link.has_hash = row.has_hash;
  pending.link.stored = row.hash;
  pending.link.is_undecided = !row.knows_storage;
  if (ledger::is_whole(row)) {
    batch_.add(place, {row.salt_e, row.salt_p, row.own, row.common, row.has_payload, row.payload});
    pending.is_in_batch = true;
  } else {
    pending.is_in_batch = add_partly_erased(row, place);
  }
  pending_.push_back(pending);
  before_.reset();
  if (row.has_hash) before_ = row.hash;
}

// E and P from what an erasure has left; false if they do not follow from it.
bool RangeReader::add_partly_erased(const ledger::EntryRow& row,
                                    const event::CommitmentBatch::Place& place) {
  const std::optional<ledger::Commitments> commitments =
      ledger::erased_commitments(row, committer_);
  if (commitments) batch_.add(place, commitments->envelope, commitments->payload);
  return commitments.has_value();
}

void RangeReader::flush(ChainWalk& walk) {
  batch_.run();
  std::size_t computed = 0;
  for (Pending& pending : pending_) {
    pending.link.is_computed = pending.is_in_batch;
    if (pending.is_in_batch) pending.link.computed = batch_.result(computed++);
    walk.take(pending.link);
  }
  pending_.clear();
  batch_.clear();
}

// Only the entry behind the last one can say how that one is bad.
void RangeReader::finish_chain(RangeResult& result, ChainWalk& walk) {
  result.checked = walk.checked();
  if (!walk.is_waiting() || result.range.last >= task_.size || is_stopped())
    return walk.finish(nullptr);
  try {
    scan_.read(result.range.last, result.range.last + 1, decoder_);
    if (scan_.next(row_) && row_.seq == static_cast<std::int64_t>(result.range.last)) {
      add_to_batch(row_);
      batch_.run();
      Link behind = pending_.front().link;
      behind.is_computed = pending_.front().is_in_batch;
      if (behind.is_computed) behind.computed = batch_.result(0);
      walk.finish(&behind);
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;
  }
  pending_.clear();
  batch_.clear();
  walk.finish(nullptr);
}

void RangeReader::finish_tree(RangeResult& result) {
  if (is_stopped()) return;
  const SequenceRange range = result.range;
  sizes_.clear();
  const std::uint64_t every = ledger::kCheckpointEvery;
  for (std::uint64_t size = (range.first / every + 1) * every; size <= range.last; size += every) {
    sizes_.push_back(size);
  }
  for (const std::uint64_t size : task_.wanted_sizes) {
    if (size > range.first && size <= range.last) sizes_.push_back(size);
  }
  for (const SystemEntry& entry : result.system) {
    if (std::holds_alternative<KeyChange>(entry.says)) sizes_.push_back(entry.seq + 1);
  }
  std::sort(sizes_.begin(), sizes_.end());
  sizes_.erase(std::unique(sizes_.begin(), sizes_.end()), sizes_.end());
  try {
    result.tree = tree_.finish(scan_, sizes_, result.findings);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;
    result.findings.add("structure", std::nullopt, error.message());
  }
}

}  // namespace audit::verify
