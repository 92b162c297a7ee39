// verify/words.hpp - the dictionary is covered by no digest of its own: every word must be used,
// and numbers must have been given in the order of first use.
//
// Format   audit-ledger(5), "The table word"
#pragma once

#include <cstdint>
#include <vector>

#include "ledger/entry_row.hpp"
#include "verify/findings.hpp"

namespace audit::verify {

// The words that a run of entries uses, each once, in the order of first use.
class WordUse {
 public:
  // Forgets everything; words are numbered 1 to `words`.
  void clear(std::uint32_t words);

  void add(const ledger::EntryRow& row) {
    for (const std::uint32_t id : row.words) {
      if (!seen_[id]) note(id);
    }
    if (row.has_kept && row.kept.envelope) note_whole_erased();
  }

  // Those first used before an entry was erased as a whole (in order), and behind it (unordered).
  [[nodiscard]] const std::vector<std::uint32_t>& in_order() const noexcept { return in_order_; }

  [[nodiscard]] const std::vector<std::uint32_t>& later() const noexcept { return later_; }

  [[nodiscard]] bool has_whole_erased() const noexcept { return whole_erased_; }

 private:
  void note(std::uint32_t id);

  void note_whole_erased() noexcept { whole_erased_ = true; }

  std::vector<bool> seen_;
  std::vector<std::uint32_t> in_order_;
  std::vector<std::uint32_t> later_;
  bool whole_erased_ = false;
};

// Takes the words of one run after another.
class WordCheck {
 public:
  explicit WordCheck(std::uint32_t words) : used_(std::size_t{words} + 1) {}

  void take(const WordUse& use, Findings& findings);

  // When the runs were all of the ledger (else nothing is said of words that were not seen).
  void finish(Findings& findings) const;

 private:
  std::vector<bool> used_;
  std::uint32_t count_ = 0;
  bool order_is_known_ = true;
  bool has_whole_erased_ = false;
};

}  // namespace audit::verify
