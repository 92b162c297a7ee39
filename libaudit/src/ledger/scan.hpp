// ledger/scan.hpp - a thread's own look at the evidence: one connection, one snapshot, and
// everything verify reads from it.
//
// Errors   audit::Error; damaged where SQLite cannot make sense of the file, which verify turns
// into a
//          finding and goes on
// Threads  one per object; objects that are in_step() see the same rows
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/entry_row.hpp"
#include "ledger/evidence.hpp"

namespace audit::ledger {

class EvidenceScan {
 public:
  // Opens a snapshot; see open_snapshot.
  explicit EvidenceScan(const std::filesystem::path& file);

  // What a view reads, through its own connection.
  explicit EvidenceScan(const LedgerView& view);

  // The same snapshot again, through the same connection.
  explicit EvidenceScan(std::shared_ptr<const EvidenceSnapshot> snapshot);

  [[nodiscard]] const std::shared_ptr<const EvidenceSnapshot>& share() const noexcept {
    return snapshot_;
  }

  // What the snapshot is: schema_problems() not empty means that nothing else may be read.
  [[nodiscard]] const EvidenceSnapshot& snapshot() const noexcept { return *snapshot_; }

  [[nodiscard]] const Database& database() const noexcept { return snapshot_->database; }

  // True if another program wrote meanwhile into a file that is read without locks.
  [[nodiscard]] bool was_overtaken(const std::filesystem::path& file) const {
    return ledger::was_overtaken(*snapshot_, file);
  }

  // True if both see the same: every transaction of a writer appends an entry and replaces the
  // head.
  [[nodiscard]] bool in_step(const EvidenceScan& other) const noexcept;

  // Begins to read the rows from `first` up to but without `last`, as the table has them: a damaged
  // table may hold rows among them that do not belong there.
  void read(std::uint64_t first, std::uint64_t last, EntryDecoder& decoder);

  // Decodes the next row; false at the end.
  [[nodiscard]] bool next(EntryRow& row);

  // The first row at or behind `seq` and before `last` that can be read again, after next() threw
  // damaged; nothing if none can.
  [[nodiscard]] std::optional<std::uint64_t> readable_from(std::uint64_t seq, std::uint64_t last);

  // The number of the first row at or behind `seq`.
  [[nodiscard]] std::optional<std::uint64_t> first_from(std::uint64_t seq);

  // The stored hash of an entry; nothing if there is none, or none of 32 bytes.
  [[nodiscard]] std::optional<Digest> hash_of(std::uint64_t seq);

  // Numbers below zero that rows have, at most `limit` of them.
  [[nodiscard]] std::vector<std::int64_t> negative_rows(std::size_t limit);

  struct Note {
    std::int64_t key = 0;  // `one` of a head, `size` of a checkpoint
    std::string text;
    bool is_text = false;    // as which it must be stored
    std::string unreadable;  // why there is no text
  };

  // Rows of the tables head and checkpoint, ascending, at most a few heads. A text longer than any
  // note can be is cut.
  //   throws    damaged when the rows lead nowhere; one that cannot be read is `unreadable`
  [[nodiscard]] std::vector<Note> heads();
  void each_checkpoint(const std::function<void(const Note&)>& each);

  // Calls each(number, hash) for the rows of one level with first <= number < last, ascending.
  //   throws    damaged, also for rows that do not belong there
  void each_subtree(unsigned level, std::uint64_t first, std::uint64_t last,
                    const std::function<void(std::uint64_t, std::string_view)>& each);

  // Calls each(level, number) for all rows, ascending.
  void each_subtree_row(const std::function<void(std::int64_t, std::int64_t)>& each);

  // Bytes of pages that belong to no table.
  [[nodiscard]] std::uint64_t unused_bytes();

  // What SQLite finds wrong with its own structure, at most `limit` lines; `stop` ends it early.
  [[nodiscard]] std::vector<std::string> structure_problems(int limit,
                                                            const std::function<bool()>& stop);

  // True if structure_problems() also looks for pages that no table uses. Where a view was created
  // behind all tables, SQLite 3.40 takes the check for one of a single table and leaves that out.
  [[nodiscard]] bool looks_for_lost_pages();

 private:
  void each_note(std::string_view table, std::string_view key, std::size_t limit,
                 const std::function<void(const Note&)>& each);
  void prepare();
  [[nodiscard]] std::optional<std::uint64_t> probe(std::uint64_t from, std::uint64_t last);

  std::shared_ptr<const EvidenceSnapshot> snapshot_;
  EntryDecoder* decoder_ = nullptr;
  Statement rows_;
  Statement probe_;
  Statement first_from_;
  Statement hash_of_;
  Statement subtrees_;
};

// What makes SQLite itself write when a ledger is opened: a rollback journal beside it, which never
// belongs to one. Empty if there is none.
[[nodiscard]] std::string foreign_journal(const std::filesystem::path& file);

}  // namespace audit::ledger
