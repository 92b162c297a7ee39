// verify/source_ledger.hpp - the ledger that a proof says it is from, if it is at hand: its keys, and
// the roots its tree had.
//
// Errors   io; all else that keeps it from being read is why_not()
// Threads  one
#pragma once

#include <audit/checkpoint.hpp>
#include <audit/ledger.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "ledger/entry_check.hpp"
#include "verify/system.hpp"

namespace audit::verify {

class SourceLedger {
 public:
  // Opens the ledger and checks its head; a file that is not there is not looked for.
  SourceLedger(const std::filesystem::path& file, const std::string& origin);

  // True if it is the ledger of that origin, and its head is signed as it must be.
  [[nodiscard]] bool is_usable() const noexcept { return entries_.has_value(); }

  // Why it is not, if it could have been of use; a whole sentence.
  [[nodiscard]] const std::string& why_not() const noexcept { return why_not_; }

  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }

  // For all that follows: only if it is usable. Who had to sign when, each key vouched for by the one
  // before it.
  [[nodiscard]] const KeyHistory& history() const noexcept { return history_; }

  [[nodiscard]] std::uint64_t size() const { return entries_->head().size; }

  // The root of the first `size` entries; nothing if the tree has fewer, or cannot be read.
  [[nodiscard]] std::optional<Digest> root_at(std::uint64_t size);

 private:
  void open(const std::string& origin);

  std::filesystem::path file_;
  std::optional<LedgerView> view_;
  std::optional<ledger::EntryCheck> entries_;
  KeyHistory history_;
  std::string why_not_;
};

}  // namespace audit::verify
