#include "verify/evidence.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <utility>

namespace audit::verify {

namespace {

// Ranges are long enough to be worth a query and short enough that all threads end together.
constexpr unsigned kRangeBits = 14;
constexpr unsigned kSmallRangeBits = 12;
constexpr std::uint64_t kSmallLedger = 65'536;

unsigned range_bits_of(std::uint64_t size) {
  return size < kSmallLedger ? kSmallRangeBits : kRangeBits;
}

}  // namespace

std::uint64_t EvidencePass::beginning_before(std::uint64_t seq, std::uint64_t size) {
  const unsigned bits = range_bits_of(size);
  return seq >> bits << bits;
}

EvidencePass::EvidencePass(const RangeTask& task, Prefix before, const ledger::WordTable& words,
                           IndexCheck* index, const Progress& progress)
    : task_(task),
      first_(before.tree.size()),
      words_(words),
      index_(index),
      progress_(progress),
      range_bits_(range_bits_of(task.size)),
      next_first_(first_),
      findings_(task.max_findings),
      tree_(std::move(before.tree)),
      keys_(std::move(before.keys)),
      word_check_(words.size()) {}

void EvidencePass::read(ledger::EvidenceScan& scan) {
  RangeReader reader(task_, scan, words_);
  while (const std::optional<Job> job = next_job(scan)) {
    deliver(job->number, reader.read(job->range), scan);
  }
}

std::optional<EvidencePass::Job> EvidencePass::next_job(ledger::EvidenceScan& scan) {
  if (task_.stop != nullptr && *task_.stop) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  if (next_first_ >= task_.size) return std::nullopt;
  // A number far above all others must not make us look at every range in between.
  const std::uint64_t length = std::uint64_t{1} << range_bits_;
  try {
    // A damaged table may lead to none, or behind the number it had called its last.
    const std::uint64_t found = scan.first_from(next_first_).value_or(task_.size);
    const std::uint64_t first_row = std::min(found, task_.size - 1);
    if (first_row >= next_first_ + length) skip_empty(first_row);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;  // the reader of the range will say so
  }
  const Job job{next_number_++, {next_first_, std::min(next_first_ + length, task_.size)}};
  next_first_ = job.range.last;
  return job;
}

void EvidencePass::skip_empty(std::uint64_t first_row) {
  const std::uint64_t until = first_row >> range_bits_ << range_bits_;
  RangeResult nothing(task_.max_findings);
  nothing.range = {next_first_, until};
  nothing.words.clear(words_.size());
  nothing.findings.add_each("missing", nothing.range, "it is not there");
  next_first_ = until;
  waiting_.emplace(next_number_++, std::move(nothing));
}

void EvidencePass::deliver(std::uint64_t number, RangeResult&& result, ledger::EvidenceScan& scan) {
  const std::scoped_lock lock(mutex_);
  waiting_.emplace(number, std::move(result));
  for (auto next = waiting_.begin(); next != waiting_.end() && next->first == next_taken_;
       next = waiting_.erase(next), ++next_taken_) {
    take(next->second, scan);
  }
  if (progress_) progress_(rows_, task_.size - first_);
}

void EvidencePass::take(RangeResult& result, ledger::EvidenceScan& scan) {
  rows_ += result.rows;
  checked_ += result.checked;
  undecided_ += result.undecided;
  try {
    tree_.take(result.tree, scan, result.findings);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;
    result.findings.add("structure", std::nullopt, error.message());
  }
  if (first_ == 0) word_check_.take(result.words, result.findings);  // else some uses are unread
  findings_.append(std::move(result.findings));
  for (const SystemEntry& entry : result.system) take_system(entry);
  for (ErasureNote& note : result.erasures) {
    if (erasure_notes_.size() == kMaxErasuresListed) {
      ++erasures_not_listed_;
    } else {
      erasure_notes_.push_back(std::move(note));
    }
  }
  erasures_not_listed_ += result.erasures_not_listed;
  erasures_.gone.append(result.gone);
  named_.append(result.named);
  if (index_ != nullptr) {
    index_->take(result.index);
    index_->take_erased(result.erased_since.runs());
  }
}

const ErasureFacts& EvidencePass::erasures() {
  erasures_.named = named_.runs();
  return erasures_;
}

void EvidencePass::take_system(const SystemEntry& entry) {
  if (entry.is_protected) erasures_.protected_entries.push_back(entry.seq);
  if (const auto* beginning = std::get_if<Beginning>(&entry.says)) {
    keys_.begin(*beginning, findings_);
  } else if (const auto* change = std::get_if<KeyChange>(&entry.says)) {
    keys_.change(entry.seq, *change, findings_);
  }
}

}  // namespace audit::verify
