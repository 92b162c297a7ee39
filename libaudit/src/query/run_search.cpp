#include <audit/merged_search.hpp>
#include <audit/runs.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "query/run_batch.hpp"
#include "query/trace.hpp"

namespace audit {

using query::RunKey;

// Answers of the question name runs; these are read together, a few at first, then more at a time.
struct RunSearch::Impl {
  static constexpr std::size_t kFirstBatch = 16;
  static constexpr std::size_t kMostInBatch = 512;

  std::span<const LedgerView> ledgers;
  RunQuery question;
  std::uint64_t limit;
  const std::atomic<bool>* stop;
  MergedSearch answers;
  std::set<RunKey> seen;
  query::RunFinder finder;
  std::size_t batch_size = kFirstBatch;
  std::deque<Trace> found;
  Trace current;
  std::uint64_t given = 0;

  Impl(std::span<const LedgerView> in, RunQuery asked, std::uint64_t most,
       const std::atomic<bool>* stopping)
      : ledgers(in),
        question(std::move(asked)),
        limit(most),
        stop(stopping),
        answers(
            in, question.entries(),
            {.wanted = {Field::session, Field::trace}, .with_payload = false, .stop = stopping}),
        finder(in) {}

  bool next() {
    if (limit != 0 && given == limit) return false;
    while (found.empty()) {
      const std::vector<RunKey> keys = next_keys();
      if (keys.empty()) return false;
      read(keys);
    }
    current = std::move(found.front());
    found.pop_front();
    ++given;
    return true;
  }

  std::vector<RunKey> next_keys() {
    std::vector<RunKey> keys;
    while (keys.size() < batch_size && answers.next()) {
      auto key = finder.run_of(answers.entry().envelope);
      if (key && seen.insert(*key).second) keys.push_back(std::move(*key));
    }
    batch_size = std::min(batch_size * 2, kMostInBatch);
    return keys;
  }

  void read(const std::vector<RunKey>& keys) {
    query::read_each(ledgers, keys, kMaxTraceEntries, stop,
                     [this](const RunKey& key, const query::Run& run) {
                       take(key, run);
                       return true;
                     });
  }

  void take(const RunKey& key, const query::Run& read) {
    if (read.entries.empty()) return;
    Trace run = query::make_trace(key.id, read);
    if (question.matches(run)) found.push_back(std::move(run));
  }
};

RunSearch::RunSearch(std::span<const LedgerView> ledgers, RunQuery question, std::uint64_t limit,
                     const std::atomic<bool>* stop)
    : impl_(std::make_unique<Impl>(ledgers, std::move(question), limit, stop)) {}

RunSearch::RunSearch(RunSearch&&) noexcept = default;
RunSearch& RunSearch::operator=(RunSearch&&) noexcept = default;
RunSearch::~RunSearch() = default;

bool RunSearch::next() { return impl_->next(); }

const Trace& RunSearch::run() const { return impl_->current; }

}  // namespace audit
