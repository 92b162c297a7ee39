// audit/erase.hpp - takes content out of a ledger for good, and keeps every proof.
//
// What goes is named by an entry of the ledger, sys.erasure; its hash, the chain, the tree and every
// signed head stay as they were. The words go from the file, its index and their logs.
//
// Place     ledger, query -> [erasure]
// Format    audit-ledger(5), "ERASED CONTENT"
// Threads   one at a time
//
//   auto scope = audit::find_erasure_scope("entry");
//   auto plan = audit::plan_erasure(audit::LedgerView::open(file), seqs, *scope);
//   auto done = audit::erase(file, plan, {.authority = "DPO", .reason = "GDPR Art. 17, case 114"});
//   if (done.words_remain) ...                                // a reader keeps an old state open
#pragma once

#include <audit/checkpoint.hpp>
#include <audit/error.hpp>
#include <audit/field.hpp>
#include <audit/ledger.hpp>
#include <audit/time.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace audit {

// A sys.erasure names at most so many entries; what is more is done in several transactions.
inline constexpr std::size_t kMaxErasedPerTransaction = 10'000;

// The longest reason or authority, in bytes.
inline constexpr std::size_t kMaxErasureText = 4096;

// So many of those that are never erased are listed by number.
inline constexpr std::size_t kMaxStaysListed = 1'000;

// What goes from an entry.
struct ErasureScope {
  enum class Kind : std::uint8_t {
    payload,  // the bytes of the record, and the fields taken from them
    field,    // the same, and one own field
    entry,    // everything but its place, its time of receipt and its digests
  };

  Kind kind = Kind::payload;
  Field field = Field::user;  // of Kind::field
};

// "payload", "entry", or the name of an own field; nothing for another word.
[[nodiscard]] std::optional<ErasureScope> find_erasure_scope(std::string_view word);

[[nodiscard]] std::string_view name_of(const ErasureScope& scope);

// What an erasure would take, found out without taking anything.
struct ErasurePlan {
  ErasureScope scope;
  // From which something goes, ascending: those that were asked for, and what else tells of the same
  // part of a record.
  std::vector<std::uint64_t> entries;
  // Records whose payload goes as well, ascending: they hold the bytes of parts that have none, or
  // hold those of one that goes a second time, since it was sent again.
  std::vector<std::uint64_t> carriers;

  // What goes and was not asked for, each with an entry that was and takes it along; several where
  // several do.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> follows;

  std::uint64_t asked = 0;           // different entries that were asked for
  std::uint64_t also = 0;            // of `entries`: how many were not
  std::uint64_t gone = 0;            // asked for, and nothing of it is left
  std::uint64_t lacking = 0;         // asked for, and does not have the field
  std::uint64_t protect = 0;         // asked for, and of a type that is never erased
  std::vector<std::uint64_t> stays;  // the numbers of these, the first kMaxStaysListed; ascending

  // Of `entries` and `carriers`.
  std::optional<Timestamp> first;
  std::optional<Timestamp> last;
  std::vector<std::pair<std::string, std::uint64_t>> kinds;  // the most frequent first

  [[nodiscard]] bool is_empty() const noexcept { return entries.empty() && carriers.empty(); }
};

//   seqs      in any order
//   throws    not_found for a number that no entry has; damaged
[[nodiscard]] ErasurePlan plan_erasure(const LedgerView& view, std::span<const std::uint64_t> seqs,
                                       const ErasureScope& scope);

// What is written down about it, for ever: it must not name whom it is about.
struct ErasureOrder {
  std::string authority;  // who ordered it
  std::string reason;     // why
};

struct EraseOptions {
  OpenOptions open{};
  // How long to wait until nobody reads the words any more.
  std::chrono::milliseconds wait_for_readers{5'000};
  std::function<void(std::uint64_t done, std::uint64_t all)> progress{};
  const std::atomic<bool>* stop = nullptr;  // ends between two transactions
  std::optional<Timestamp> now{};           // what ages count to; empty: the system clock
};

struct ErasureResult {
  std::uint64_t entries = 0;            // from which something was taken
  std::uint64_t carriers = 0;           // likewise, records that hold bytes of parts
  std::vector<std::uint64_t> erasures;  // the sys.erasure entries that say so
  Checkpoint head;
  bool stopped = false;
  // They are in no answer and no new index, but may still lie in a log or on an unused page: somebody
  // reads, or another process has the index. The next writer to end, or the same call again, finishes.
  bool words_remain = false;
  IndexState index;  // what was made of the index
};

// Erases, then removes the words from the files. Call it again after a failure: it goes on.
//   plan      of this ledger; what is gone by now is passed over
//   requires  no LedgerView of it is open in this process: its words would remain
//   throws    invalid_argument: no reason or authority, too long, or they name what is erased;
//             damaged: an entry does not have its hash; busy, io, configuration; permission: also
//             where a legal hold, or the least age that retention.hpp declares, forbids it for one of
//             them: nothing is erased then
//   cost      each transaction as long as reading its entries; then reads both files once
ErasureResult erase(const std::filesystem::path& ledger, const ErasurePlan& plan,
                    const ErasureOrder& order, const EraseOptions& options = {});

}  // namespace audit
