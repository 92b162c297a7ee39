// ingest/gatherer.hpp - records as they are read, drafted, sealed and gathered into batches.
//
// Threads   one
#pragma once

#include <audit/ingest.hpp>

#include <chrono>
#include <functional>
#include <memory>

#include "ingest/batch.hpp"
#include "ingest/drafter.hpp"
#include "ingest/redaction.hpp"

namespace audit::ingest {

class Gatherer {
 public:
  struct Output {
    std::function<std::unique_ptr<Batch>()> fresh;     // an empty batch to fill
    std::function<bool(std::unique_ptr<Batch>)> emit;  // takes a full one; false: stop reading
    Redaction* redaction = nullptr;            // what masks records; null: they stay as they are
    const DeclaredSchemas* schemas = nullptr;  // what they are held against; null: nothing
  };

  // options   outlive the gatherer
  Gatherer(const IngestOptions& options, Output output);

  // What became of a line.
  struct Taken {
    const Record* record = nullptr;  // as drafted, also if it was rejected; null if it was blank
    bool rejected = false;
  };

  // Takes one line, or one whole record.
  //   line_number   1-based; 0 if it is not known
  //   returns       valid until the next call
  Taken take(Line line, const Origin& origin, std::uint64_t line_number);

  // Another sender begins, whose records say nothing about those of others.
  void begin_sender() { drafter_.begin_sender(); }

  // True if a record that looked like one document is one.
  [[nodiscard]] bool is_document(const Line& line) { return drafter_.is_document(line); }

  [[nodiscard]] bool is_protobuf(const Line& line) { return drafter_.is_protobuf(line); }

  // True if the batch should be emitted before more is taken.
  [[nodiscard]] bool is_full() const noexcept;

  // Hands the batch on, if there is anything in it. False: stop reading.
  [[nodiscard]] bool emit();

  [[nodiscard]] Batch& batch() noexcept { return *batch_; }

  // When the first record of the batch came.
  [[nodiscard]] std::chrono::steady_clock::time_point oldest() const noexcept { return oldest_; }

 private:
  void begin_batch();
  void note_flags(const Record& record, const Line& line, const Origin& origin, bool rejected);

  const IngestOptions& options_;
  Output output_;
  Drafter drafter_;
  std::unique_ptr<Batch> batch_;
  std::chrono::steady_clock::time_point oldest_;
};

}  // namespace audit::ingest
