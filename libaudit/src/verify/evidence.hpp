// verify/evidence.hpp - reads the whole ledger on all cores: hands out ranges, and puts what each
// of them gave together in order.
//
// Memory    flat: results that wait for one before them are small, and threads do not run far ahead
// Threads   read() is called by each worker; the rest by one thread when they are done
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "verify/erasure.hpp"
#include "verify/findings.hpp"
#include "verify/index.hpp"
#include "verify/prefix.hpp"
#include "verify/range.hpp"
#include "verify/system.hpp"
#include "verify/tree.hpp"
#include "verify/words.hpp"

namespace audit::verify {

class EvidencePass {
 public:
  using Progress = std::function<void(std::uint64_t, std::uint64_t)>;

  // Where a pass may begin that need not read the entries before `seq`.
  //   size   entries of the ledger
  [[nodiscard]] static std::uint64_t beginning_before(std::uint64_t seq, std::uint64_t size);

  //   before  the entries that are not read: as many as beginning_before() says of some number
  //   index   told of every range's part; null: there is none
  EvidencePass(const RangeTask& task, Prefix before, const ledger::WordTable& words,
               IndexCheck* index, const Progress& progress);

  // Reads ranges until none is left.
  void read(ledger::EvidenceScan& scan);

  // What was gathered.
  [[nodiscard]] Findings& findings() noexcept { return findings_; }

  [[nodiscard]] const TreeSpine& tree() const noexcept { return tree_; }

  [[nodiscard]] const KeyHistory& keys() const noexcept { return keys_; }

  [[nodiscard]] const ErasureFacts& erasures();

  // What sys.erasure entries say: the first ones, and how many more there are.
  [[nodiscard]] std::vector<ErasureNote>& erasure_notes() noexcept { return erasure_notes_; }

  [[nodiscard]] std::uint64_t erasures_not_listed() const noexcept { return erasures_not_listed_; }

  [[nodiscard]] WordCheck& words() noexcept { return word_check_; }

  [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }

  [[nodiscard]] std::uint64_t checked() const noexcept { return checked_; }

  [[nodiscard]] std::uint64_t undecided() const noexcept { return undecided_; }

 private:
  struct Job {
    std::uint64_t number;  // in which order results are taken
    SequenceRange range;
  };

  [[nodiscard]] std::optional<Job> next_job(ledger::EvidenceScan& scan);
  void skip_empty(std::uint64_t first_row);
  void deliver(std::uint64_t number, RangeResult&& result, ledger::EvidenceScan& scan);
  void take(RangeResult& result, ledger::EvidenceScan& scan);
  void take_system(const SystemEntry& entry);

  const RangeTask& task_;
  const std::uint64_t first_;
  const ledger::WordTable& words_;
  IndexCheck* index_;
  const Progress& progress_;

  std::mutex mutex_;  // guards all below
  unsigned range_bits_;
  std::uint64_t next_first_;
  std::uint64_t next_number_ = 0;
  std::uint64_t next_taken_ = 0;
  std::map<std::uint64_t, RangeResult> waiting_;

  Findings findings_;
  TreeSpine tree_;
  KeyHistory keys_;
  NamedEntries named_;
  ErasureFacts erasures_;  // `named` when it is asked for
  std::vector<ErasureNote> erasure_notes_;
  std::uint64_t erasures_not_listed_ = 0;
  WordCheck word_check_;
  std::uint64_t rows_ = 0;
  std::uint64_t checked_ = 0;
  std::uint64_t undecided_ = 0;
};

}  // namespace audit::verify
