#include "ingest/pipeline.hpp"

#include <thread>
#include <utility>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ingest/own_files.hpp"

namespace audit::ingest {

namespace {

// Batches waiting between two stages. With one in each stage this bounds what is in memory.
constexpr std::size_t kQueueLimit = 2;

// After so long without a batch the index is looked after.
constexpr std::chrono::milliseconds kIdleAfter{1000};

// The index takes the most time of the three stages, so the one that feeds it must not slow it down
// where there are fewer processors than threads.
void yield_to_index() noexcept {
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 10);  // Linux: of this thread
}

// 0 if it cannot be told beforehand.
std::uint64_t total_bytes(const std::vector<Input>& inputs) {
  std::uint64_t total = 0;
  for (const Input& input : inputs) {
    if (!input.is_file() || input.is_named_as_packed()) return 0;
    total += input.file_bytes();
  }
  return total;
}

}  // namespace

Pipeline::Starts::Starts(const std::filesystem::path& ledger, bool resume, Redaction* redaction) {
  if (!resume) return;
  view_.emplace(LedgerView::open(ledger));
  points_.emplace(*view_, redaction);
}

std::uint64_t Pipeline::Starts::operator()(const Input& input) const {
  return points_ ? points_->position(input) : 0;
}

Pipeline::Pipeline(const std::filesystem::path& ledger, const IngestOptions& options,
                   const IngestHooks& hooks, const std::atomic<bool>& stop)
    : ledger_(ledger),
      options_(options),
      stop_(stop),
      hooks_(hooks),
      redaction_(options.redact.empty() ? std::nullopt
                                        : std::make_optional<Redaction>(options.redact)),
      inputs_(list_inputs(options, hooks_.hooks().remark)),
      starts_(ledger, options.resume, redaction()),
      committer_(ledger, options, hooks_.hooks(), total_bytes(inputs_)),
      indexer_(ledger, hooks_.hooks()),
      to_commit_(kQueueLimit),
      to_index_(kQueueLimit) {}

IngestReport Pipeline::run() {
  std::jthread serving;
  if (options_.listen) {
    receiver_ = std::make_unique<Receiver>(options_, batches(),
                                           [this](std::string_view text) { remark(text); });
    serving = std::jthread([this] { serve(); });
  } else {
    make_reader();
  }
  std::jthread reading([this] { read(); });
  std::jthread indexing([this] { index(); });
  commit();
  is_halted_ = true;
  to_commit_.abandon();
  if (receiver_) receiver_->fail();
  reading.join();
  if (serving.joinable()) serving.join();
  to_index_.close();
  indexing.join();
  first_error_.rethrow();

  IngestReport report = committer_.report();
  committer_.close();
  if (!options_.index_later) indexer_.finish(report, stop_);
  report.interrupted = stop_.load();
  if (reader_) report.unread = reader_->unread();
  if (redaction_) tell_of_ids(redaction_->left_in_ids());
  return report;
}

void Pipeline::tell_of_ids(const std::vector<std::string>& patterns) const {
  for (const std::string& name : patterns) {
    remark(fmt::format(
        "the pattern '{}' was found in ids, which are not masked: entries join by them", name));
  }
}

void Pipeline::make_reader() {
  Reader::Output output{batches(), [this](std::string_view text) { remark(text); },
                        [this](const Input& input) { return starts_(input); },
                        static_cast<bool>(hooks_.hooks().tee), OwnFiles(ledger_, options_)};
  reader_ = std::make_unique<Reader>(options_, std::move(inputs_), std::move(output),
                                     [this] { return is_stopping(); });
}

Gatherer::Output Pipeline::batches() {
  return {[this] { return pool_.take(); },
          [this](BatchPtr batch) { return to_commit_.push(std::move(batch)); }, redaction(),
          &committer_.schemas()};
}

void Pipeline::remark(std::string_view text) const {
  if (hooks_.hooks().remark) hooks_.hooks().remark(text);
}

// What stops one stage of a receiver stops the other: a client that waits is told.
void Pipeline::serve() {
  try {
    if (hooks_.hooks().listening) hooks_.hooks().listening(receiver_->url());
    receiver_->serve([this] { return is_stopping(); });
  } catch (...) {
    first_error_.keep(std::current_exception());
    is_halted_ = true;
    receiver_->fail();
  }
}

void Pipeline::read() {
  yield_to_index();
  try {
    receiver_ ? receiver_->draft() : reader_->run();
  } catch (...) {
    first_error_.keep(std::current_exception());
    if (receiver_) {
      is_halted_ = true;
      receiver_->fail();
    }
  }
  to_commit_.close();
}

void Pipeline::index() {
  try {
    for (;;) {
      while (!to_index_.wait_within(kIdleAfter)) indexer_.use_idle_time();
      std::optional<BatchPtr> batch = to_index_.pop();
      if (!batch) break;
      indexer_.add(**batch);
      pool_.give(std::move(*batch));
    }
  } catch (...) {
    first_error_.keep(std::current_exception());
    to_index_.abandon();
  }
}

void Pipeline::commit() {
  try {
    for (bool ended = false; !ended;) {
      std::optional<BatchPtr> batch;
      if (!committer_.is_due()) batch = to_commit_.pop_within(committer_.patience(), ended);
      if (!batch && !committer_.is_due()) continue;
      if (!batch) batch = pool_.take();
      committer_.commit(**batch);
      if (receiver_) receiver_->acknowledge(**batch);
      if (committer_.is_halted()) is_halted_ = true;  // what was read is still stored
      // An index that cannot keep up reads the entries from the ledger later: commits do not wait.
      if (options_.index_later || !to_index_.push_within(*batch, options_.flush)) {
        pool_.give(std::move(*batch));
      }
    }
  } catch (...) {
    first_error_.keep(std::current_exception());
    committer_.abandon();
  }
}

}  // namespace audit::ingest
