// ingest/committer.hpp - the second stage: writes evidence, asks the rules, and tells what was committed.
//
// Threads   one; schemas() may be asked by any
#pragma once

#include <audit/ingest.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "ingest/batch.hpp"
#include "ingest/own_entry.hpp"
#include "ingest/schemas.hpp"
#include "ingest/watch.hpp"
#include "ledger/writer.hpp"

namespace audit::ingest {

class Committer {
 public:
  Committer(const std::filesystem::path& ledger, const IngestOptions& options,
            const IngestHooks& hooks, std::uint64_t bytes_total);

  // Stores a batch, and says so once it is on disk.
  void commit(Batch& batch);

  // Whether a rule waited for something that did not come.
  [[nodiscard]] bool is_due() const { return watch_ && watch_->is_due(); }

  // How long it is of no use to ask is_due() again.
  [[nodiscard]] std::chrono::milliseconds patience() const;

  [[nodiscard]] bool is_halted() const { return watch_ && watch_->halt(); }

  void close() { writer_.close(); }

  // Gives the write lock back after a failure, while other threads still run.
  void abandon() noexcept { writer_.abandon(); }

  [[nodiscard]] IngestReport& report() { return report_; }

  [[nodiscard]] const DeclaredSchemas& schemas() const { return schemas_; }

 private:
  // Schemas were declared after these records were read and before they are written: what stands
  // behind a declaration was held against it.
  void judge_again(Batch& batch);

  static IngestNotice notice_of(const Record& record, std::string flags, std::string message,
                                bool rejected);
  void store_all(Batch& batch);
  void store(Batch& batch, Record& record);
  // Where known parts were left in the record, its words are others than those that were gathered.
  void refresh_text(Batch& batch, Record& record);

  void count(const Batch& batch);
  void tell(const std::vector<IngestAlert>& alerts);
  void count_parts(const ledger::RecordDraft& record);
  void tee(const Batch& batch);

  const IngestOptions& options_;
  const IngestHooks& hooks_;
  std::uint64_t bytes_total_;
  ledger::Writer writer_;
  OwnEntries own_;
  DeclaredSchemas schemas_;
  Judge judge_;
  ledger::Sealer sealer_;
  std::optional<Watch> watch_;
  IngestReport report_;
  std::string tee_;
  bool told_of_tee_ = false;
  base::JsonReader json_;
};

}  // namespace audit::ingest
