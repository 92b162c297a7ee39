// ingest/indexer.hpp - the third stage: brings the index up to what was committed.
//
// What goes wrong here costs speed of search, not evidence: it is told, and the rest of the run goes on
// without.
//
// Threads   one at a time
#pragma once

#include <audit/ingest.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "ingest/batch.hpp"
#include "ledger/index_builder.hpp"

namespace audit::ingest {

class Indexer {
 public:
  Indexer(const std::filesystem::path& ledger, const IngestHooks& hooks)
      : ledger_(ledger), hooks_(hooks) {}

  void add(const Batch& batch);

  // Nothing has come for a while: there is time for what makes searches faster.
  void use_idle_time();

  // Brings the index to the end of the ledger. Segments are merged as long as that takes little of
  // what the run took: one that added a few entries does not pay for those that others added.
  void finish(IngestReport& report, const std::atomic<bool>& stop);

 private:
  // Entries of rules before entry `end`, from the one in hand.
  void add_own(const Batch& batch, std::uint64_t end, std::size_t& next);
  void add_parts(const Parts& parts, const Batch& batch);
  void add(std::uint64_t seq, const ledger::Draft& draft, const Batch& batch,
           const TextRange& text);

  template <class Work>
  void attempt(Work&& work) {
    if (failed_) return;
    try {
      work();
    } catch (const std::exception& error) {
      failed_ = true;
      builder_.reset();
      if (hooks_.remark) {
        hooks_.remark(fmt::format("the index was not brought up to date: {}", error.what()));
      }
    }
  }

  const std::filesystem::path& ledger_;
  const IngestHooks& hooks_;
  std::optional<ledger::IndexBuilder> builder_;
  bool failed_ = false;
};

}  // namespace audit::ingest
