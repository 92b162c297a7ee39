// verify/range.hpp - checks the entries of one range, whatever other ranges hold: fields, payload
// and entry hashes, the chain, the tree's piece; and gathers what only the whole ledger can decide.
//
// Owns      buffers of one thread, for one range after another
// Errors    damage becomes findings; io, and our own mistakes, are thrown
#pragma once

#include <audit/ledger.hpp>

#include <atomic>
#include <cstdint>
#include <vector>

#include "event/commitment_batch.hpp"
#include "ledger/scan.hpp"
#include "verify/chain.hpp"
#include "verify/entry_sum.hpp"
#include "verify/erasure.hpp"
#include "verify/findings.hpp"
#include "verify/system.hpp"
#include "verify/tree.hpp"
#include "verify/words.hpp"

namespace audit::verify {

// What does not change while the ranges are read.
struct RangeTask {
  std::uint64_t size = 0;  // entries of the ledger
  std::uint64_t max_findings = 0;
  std::vector<std::uint64_t> wanted_sizes;  // ascending: sizes at which the root is wanted, beside
                                            // those at which the ledger keeps checkpoints
  const IndexLayout* index = nullptr;       // what the index covers; nothing: do not look at texts
  const std::atomic<bool>* stop = nullptr;
};

// What sys.erasure entries name. However often they name the same, it is kept once: a ledger cannot
// make this longer than it has entries.
class NamedEntries {
 public:
  void add(const Erasure& erasure);
  void append(const NamedEntries& other);

  [[nodiscard]] const Runs& runs() const noexcept { return runs_; }

 private:
  static constexpr std::size_t kFewRuns = 65'536;

  void unite_if_many();

  Runs runs_;
  std::size_t limit_ = kFewRuns;
};

struct RangeResult {
  explicit RangeResult(std::uint64_t max_findings) : findings(max_findings) {}

  SequenceRange range;
  Findings findings;
  std::uint64_t rows = 0;       // that were read
  std::uint64_t checked = 0;    // compared with their hash
  std::uint64_t undecided = 0;  // stored in a way this version does not know
  PieceRoots tree;
  WordUse words;
  std::vector<SystemEntry> system;    // without what they erased
  std::vector<ErasureNote> erasures;  // the first ones, and
  std::uint64_t erasures_not_listed = 0;
  NamedEntries named;
  NamedEntries erased_since;  // those that entries behind the index's watermark name
  Runs gone;
  IndexPart index;
};

class RangeReader {
 public:
  RangeReader(const RangeTask& task, ledger::EvidenceScan& scan, const ledger::WordTable& words);

  [[nodiscard]] RangeResult read(SequenceRange range);

 private:
  // An entry on its way to the chain, waiting for its hashes.
  struct Pending {
    Link link;
    bool is_in_batch;
  };

  [[nodiscard]] ChainWalk::State state_before(std::uint64_t seq);
  [[nodiscard]] bool walk_to(std::uint64_t first, std::uint64_t last, ChainWalk& walk);
  void read_rows(RangeResult& result, ChainWalk& walk);
  void read_readable_rows(std::uint64_t& next, RangeResult& result, ChainWalk& walk);
  void take_row(RangeResult& result);
  void take_system(RangeResult& result);
  void add_to_batch(const ledger::EntryRow& row);
  [[nodiscard]] bool add_partly_erased(const ledger::EntryRow& row,
                                       const event::CommitmentBatch::Place& place);
  void flush(ChainWalk& walk);
  void finish_chain(RangeResult& result, ChainWalk& walk);
  void finish_tree(RangeResult& result);
  [[nodiscard]] bool is_stopped() const noexcept;

  const RangeTask& task_;
  ledger::EvidenceScan& scan_;
  ledger::EntryDecoder decoder_;
  std::uint32_t word_count_;
  ledger::EntryRow row_;
  event::CommitmentBatch batch_;
  event::Committer committer_;
  std::vector<Pending> pending_;
  std::optional<Digest> before_;  // the stored hash of the entry before the next one
  PieceTree tree_;
  SystemReader system_;
  EntryTerms terms_;
  std::vector<std::uint64_t> sizes_;
};

}  // namespace audit::verify
