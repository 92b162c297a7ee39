// ledger/evidence.hpp - opens the ledger file itself, for reading and for writing.
//
// Format   audit-ledger(5); design of the reading modes: libaudit/decisions/0002-sqlite.md
#pragma once

#include <audit/digest.hpp>
#include <audit/ledger.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/database.hpp"
#include "proof/merkle.hpp"

namespace audit::ledger {

// What shows that another program wrote into a file that is read without locks: its bytes were
// replaced, or its write-ahead log began anew. A log that only grew changes nothing that was seen.
struct FileState {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t bytes = 0;
  std::int64_t changed = 0;  // nanoseconds
  std::string log_header;    // empty if there is no log
  std::uint64_t log_bytes = 0;
  std::int64_t log_changed = 0;

  //   file    not a link
  [[nodiscard]] static FileState of(const std::filesystem::path& file);

  // True if what was read when the state was this one may not have been of one moment.
  [[nodiscard]] bool is_outdated_by(const FileState& now) const noexcept;

  friend bool operator==(const FileState&, const FileState&) = default;
};

// A connection that only reads, inside a read transaction: one snapshot for its whole life.
struct EvidenceSnapshot {
  Database database;
  std::uint64_t size = 0;                    // one more than the last seq
  bool has_head = false;                     // the table has the row
  std::string head_note;                     // empty if there is none that is a text
  bool log_was_read = false;                 // a -wal was part of what is seen
  std::optional<FileState> unlocked;         // it is read without locks; what it was before
  std::vector<std::string> schema_problems;  // not empty: nothing else was read
};

// Opens `file` for reading in the way that fits who we are (ours or a stranger's, writable or not).
//   throws    not_found, damaged, unsupported, permission, io
[[nodiscard]] EvidenceSnapshot open_snapshot(const std::filesystem::path& file);

// What a view reads from, for as long as the caller keeps it: the same connection, which one thread
// at a time may use.
[[nodiscard]] std::shared_ptr<const EvidenceSnapshot> snapshot_of(const LedgerView& view);

// Opens it for writing, with every setting that writing relies on.
//   throws    the same, and damaged for a schema that is not the format's
[[nodiscard]] Database open_evidence(const std::filesystem::path& file,
                                     std::chrono::milliseconds wait);

// True if another program wrote into a file that the snapshot reads without locks: what was read of
// it may be of two moments.
[[nodiscard]] bool was_overtaken(const EvidenceSnapshot& snapshot,
                                 const std::filesystem::path& file);

// Settings of a connection that writes evidence.
void set_writing_pragmas(const Database& database, std::chrono::milliseconds wait);

// What entry 0 says: empty strings where it does not.
struct Identity {
  std::string origin;
  std::string ledger_id;
  std::string verify_key;
};

[[nodiscard]] Identity read_identity(const Database& database);

// The tree over the first `size` entries, from the stored subtrees and the leaves behind them.
//   throws    damaged if one is missing
[[nodiscard]] proof::CompactRange load_tree(const Database& database, std::uint64_t size);

}  // namespace audit::ledger
