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
    if (row.has_kept && row.kept.envelope) note_lost();
  }

  // An entry is gone, or cannot be read: which words it was the first to use is not known.
  void note_lost() noexcept { has_lost_ = true; }

  // Those first used before an entry was lost (in order), and behind it (unordered).
  [[nodiscard]] const std::vector<std::uint32_t>& in_order() const noexcept { return in_order_; }

  [[nodiscard]] const std::vector<std::uint32_t>& later() const noexcept { return later_; }

  [[nodiscard]] bool has_lost() const noexcept { return has_lost_; }

 private:
  void note(std::uint32_t id);

  std::vector<bool> seen_;
  std::vector<std::uint32_t> in_order_;
  std::vector<std::uint32_t> later_;
  bool has_lost_ = false;
};

// Takes the words of one run after another.
class WordCheck {
 public:
  explicit WordCheck(std::uint32_t words) : used_(std::size_t{words} + 1) {}

  void take(const WordUse& use, Findings& findings);

  // The words that no run used, ascending.
  [[nodiscard]] std::vector<std::uint32_t> unused() const;

  // When the runs were all of the ledger (else nothing is said of words that were not seen).
  void finish(Findings& findings) const;

 private:
  std::vector<bool> used_;
  std::uint32_t count_ = 0;
  bool order_is_known_ = true;
  bool has_lost_ = false;
};

}  // namespace audit::verify
