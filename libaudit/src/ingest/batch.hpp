// ingest/batch.hpp - records on their way from the reader to the ledger and the index.
#pragma once

#include <audit/ingest.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/writer.hpp"

namespace audit::ingest {

// Bytes that were read, with base::kJsonPadding more behind them. Lines are used where they lie, so
// a buffer lives as long as a batch that has lines of it.
struct Buffer {
  explicit Buffer(std::size_t bytes);

  std::unique_ptr<char[]> bytes;
  std::size_t capacity;
};

// One input record that is to be stored.
struct Record {
  ledger::Draft draft;
  Ledger::Outcome outcome{};   // set by the writer
  std::size_t text_begin = 0;  // its searchable text in Batch::text
  std::size_t text_end = 0;
  std::string stub;  // the payload that stands for a line too large to keep
  std::uint64_t line_number = 0;
  bool flagged = false;
  bool stored = false;  // set by the writer: an entry of its own was written
};

// What one commit holds. Reused, so that its buffers keep their room.
struct Batch {
  std::vector<Record> records;  // [0, count) are in use
  std::size_t count = 0;
  std::string text;
  std::vector<std::shared_ptr<Buffer>> buffers;
  std::vector<IngestNotice> notices;
  std::uint64_t read = 0;  // records, rejected ones included
  std::uint64_t rejected = 0;
  std::uint64_t input_bytes = 0;
  std::size_t payload_bytes = 0;

  Record& add();
  void clear();
};

}  // namespace audit::ingest
