// ingest/pipeline.hpp - one run of ingest: three stages, and a queue of batches between each two.
//
// Reading drafts (reader.hpp, receiver.hpp), committing (committer.hpp) is the caller's thread, and
// indexing (indexer.hpp) comes last. Batches are reused, so memory does not grow with the input.
//
// Threads   run() on one; it starts the others and joins them
#pragma once

#include <audit/ingest.hpp>

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/committer.hpp"
#include "ingest/first_error.hpp"
#include "ingest/indexer.hpp"
#include "ingest/pool.hpp"
#include "ingest/queue.hpp"
#include "ingest/reader.hpp"
#include "ingest/receiver.hpp"
#include "ingest/redaction.hpp"
#include "ingest/resume.hpp"
#include "ingest/serial_hooks.hpp"

namespace audit::ingest {

class Pipeline {
 public:
  //   ledger, options, hooks, stop   outlive this object
  Pipeline(const std::filesystem::path& ledger, const IngestOptions& options,
           const IngestHooks& hooks, const std::atomic<bool>& stop);

  // Runs until the inputs end, or are stopped; once.
  IngestReport run();

 private:
  // Where to begin in each input; kept alive while files are being opened.
  class Starts {
   public:
    Starts(const std::filesystem::path& ledger, bool resume, Redaction* redaction);
    [[nodiscard]] std::uint64_t operator()(const Input& input) const;

   private:
    std::optional<LedgerView> view_;
    std::optional<ResumePoints> points_;
  };

  void make_reader();
  [[nodiscard]] Gatherer::Output batches();
  void remark(std::string_view text) const;
  void tell_of_ids(const std::vector<std::string>& patterns) const;

  // The stages, each on its own thread.
  void serve();
  void read();
  void index();
  void commit();

  [[nodiscard]] Redaction* redaction() { return redaction_ ? &*redaction_ : nullptr; }

  [[nodiscard]] bool is_stopping() const { return stop_.load() || is_halted_.load(); }

  const std::filesystem::path& ledger_;
  const IngestOptions& options_;
  const std::atomic<bool>& stop_;
  SerialHooks hooks_;
  std::optional<Redaction> redaction_;
  std::vector<Input> inputs_;
  Starts starts_;
  Committer committer_;
  Indexer indexer_;
  Pool pool_;
  FirstError first_error_;
  Queue<BatchPtr> to_commit_;
  Queue<BatchPtr> to_index_;
  std::atomic<bool> is_halted_{false};  // a rule said so, or a later stage has ended: read no more
  std::unique_ptr<Receiver> receiver_;  // either this
  std::unique_ptr<Reader> reader_;      // or that
};

}  // namespace audit::ingest
