// ledger/evidence.hpp - opens the ledger file itself, for reading and for writing.
//
// Format   audit-ledger(5); design of the reading modes: libaudit/decisions/0002-sqlite.md
#pragma once

#include <audit/digest.hpp>
#include <audit/ledger.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "ledger/database.hpp"
#include "proof/merkle.hpp"

namespace audit::ledger {

// A connection that only reads, inside a read transaction: one snapshot for its whole life.
struct EvidenceSnapshot {
  Database database;
  std::uint64_t size = 0;                    // one more than the last seq
  std::string head_note;                     // empty if there is none
  bool log_was_read = false;                 // a -wal was part of what is seen
  std::vector<std::string> schema_problems;  // not empty: nothing else was read
};

// Opens `file` for reading in the way that fits who we are (ours or a stranger's, writable or not).
//   throws    not_found, damaged, unsupported, permission, io
[[nodiscard]] EvidenceSnapshot open_snapshot(const std::filesystem::path& file);

// Opens it for writing, with every setting that writing relies on.
//   throws    the same, and damaged for a schema that is not the format's
[[nodiscard]] Database open_evidence(const std::filesystem::path& file,
                                     std::chrono::milliseconds wait);

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
