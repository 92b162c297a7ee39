// ingest/first_error.hpp - the first exception of any stage, kept until all have ended.
//
// Threads   any; rethrow() when the others have ended
#pragma once

#include <exception>
#include <mutex>
#include <utility>

namespace audit::ingest {

class FirstError {
 public:
  void keep(std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
  }

  void rethrow() {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr error_;
};

}  // namespace audit::ingest
