// ingest/pool.hpp - batches that were used up, for the first stage to fill again.
//
// Threads   any
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "ingest/batch.hpp"

namespace audit::ingest {

using BatchPtr = std::unique_ptr<Batch>;

class Pool {
 public:
  BatchPtr take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return std::make_unique<Batch>();
    BatchPtr batch = std::move(free_.back());
    free_.pop_back();
    return batch;
  }

  void give(BatchPtr batch) {
    batch->clear();
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(batch));
  }

 private:
  std::mutex mutex_;
  std::vector<BatchPtr> free_;
};

}  // namespace audit::ingest
