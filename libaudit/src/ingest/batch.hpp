// ingest/batch.hpp - records on their way from the reader to the ledger and the index.
#pragma once

#include <audit/ingest.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/delivery.hpp"
#include "ledger/writer.hpp"
#include "redact/redactor.hpp"

namespace audit::ingest {

// Bytes that were read, with base::kJsonPadding more behind them. Lines are used where they lie, so
// a buffer lives as long as a batch that has lines of it.
struct Buffer {
  explicit Buffer(std::size_t bytes);

  std::unique_ptr<char[]> bytes;
  std::size_t capacity;
};

// A piece of Batch::text: the words of one entry.
struct TextRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// The parts of a record that was taken apart.
struct Parts {
  ledger::RecordDraft record;
  std::vector<TextRange> texts;  // of record.parts
};

// One input record that is to be stored: an entry, or one and those of its parts.
struct Record {
  ledger::Draft draft;
  std::string_view bytes;     // all of it, as it arrived; empty if it is not kept
  Ledger::Outcome outcome{};  // set by the writer
  TextRange text;
  std::string stub;              // the payload that stands for a record too large to keep
  std::unique_ptr<Parts> parts;  // kept for its room; has parts if record.count > 0
  redact::Counts redactions;     // what was masked in it
  std::uint64_t line_number = 0;
  bool is_line = true;
  bool flagged = false;
  bool refused = false;  // it is not to be stored after all
  bool stored = false;   // set by the writer: an entry of its own was written
  bool blocked = false;  // a rule says that it is not to be passed on
  bool passes = true;    // it is passed on: neither blocked nor behind a halt

  [[nodiscard]] bool has_parts() const noexcept { return parts && parts->record.count > 0; }

  // The entries it becomes at most.
  [[nodiscard]] std::size_t entries() const noexcept {
    return 1 + (parts ? parts->record.count : 0);
  }
};

// An entry of the program's own: what a rule found, what was masked.
struct OwnEntry {
  ledger::Draft draft;
  std::string payload;
  std::uint64_t seq = 0;
  TextRange text;
};

// What one commit holds. Reused, so that its buffers keep their room.
struct Batch {
  std::vector<Record> records;  // [0, count) are in use
  std::size_t count = 0;
  std::size_t entries = 0;
  std::vector<std::unique_ptr<OwnEntry>> own;  // ascending by seq, between those of the records
  std::string text;
  std::vector<std::shared_ptr<Buffer>> buffers;
  std::vector<IngestNotice> notices;
  std::vector<Share> shares;  // of the requests that brought the records; none of files
  std::uint64_t read = 0;     // records, rejected ones included
  std::uint64_t rejected = 0;
  std::uint64_t input_bytes = 0;
  std::size_t payload_bytes = 0;
  std::uint64_t judged_by = 0;  // DeclaredSchemas::generation(), of all records

  Record& add();
  void clear();

  // What was masked in the records that were stored, by kind.  requires  the writer has been there
  [[nodiscard]] redact::Counts redactions() const;
};

}  // namespace audit::ingest
