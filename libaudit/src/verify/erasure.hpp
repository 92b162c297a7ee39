// verify/erasure.hpp - what is gone must be what sys.erasure entries name: no less, no more.
//
// Memory   16 bytes for each run of neighbouring entries from which the same was erased; nothing
// for a
//          ledger from which nothing was
// Format   audit-ledger(5), "Which content may be gone"
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "ledger/entry_row.hpp"
#include "verify/findings.hpp"
#include "verify/system.hpp"

namespace audit::verify {

// What an entry looks like to this check.
struct Remains {
  ErasedParts had = 0;         // own fields it was committed with
  ErasedParts gone = 0;        // own fields of which only the digest is left
  bool is_whole_gone = false;  // nothing but its digests is left
  bool has_payload = false;    // payload still there
  bool keeps_salts = false;    // flags & 2 of its column kept

  [[nodiscard]] static Remains of(const ledger::EntryRow& row);

  // In 32 bits, and back.
  [[nodiscard]] std::uint32_t packed() const noexcept;
  [[nodiscard]] static Remains unpacked(std::uint32_t bits) noexcept;
};

// Something said of runs of entries.
class Runs {
 public:
  struct Run {
    std::uint64_t first;
    std::uint32_t count;
    std::uint32_t what;

    [[nodiscard]] std::uint64_t last() const noexcept { return first + count; }
  };

  // Adds one entry; makes the newest run longer where that fits.
  void add(std::uint64_t seq, std::uint32_t what);

  void append(const Runs& other);

  [[nodiscard]] const std::vector<Run>& list() const noexcept { return runs_; }

  // The same in order and without overlaps: where runs did overlap, all that is said of an entry.
  [[nodiscard]] Runs united() const;

 private:
  void add_run(const Run& run);

  std::vector<Run> runs_;
};

// Everything the check has to know, gathered while the ledger is read.
struct ErasureFacts {
  Runs gone;                                     // Remains of entries that are not whole, in order
  Runs named;                                    // ErasedParts of entries that sys.erasure names
  std::vector<std::uint64_t> protected_entries;  // that must not be named, ascending
};

// The finding that a protected entry is named.
void note_protected(std::uint64_t seq, Findings& findings);

// Compares the two; `look` reads the remains of an entry from which nothing is gone (false: it
// cannot be read). Of entries before `first` not all that names them is known: of these only what
// is still there is judged. Returns how many of the others something was lawfully erased from.
std::uint64_t check_erasures(const ErasureFacts& facts, std::uint64_t first,
                             const std::function<bool(std::uint64_t, Remains&)>& look,
                             Findings& findings);

}  // namespace audit::verify
