// ingest/queue.hpp - hands values from one thread to another; full means wait.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace audit::ingest {

template <class T>
class Queue {
 public:
  explicit Queue(std::size_t limit) : limit_(limit) {}

  // Waits for room. False if the queue was closed: the value is not taken.
  bool push(T value) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || values_.size() < limit_; });
    if (closed_) return false;
    values_.push_back(std::move(value));
    changed_.notify_all();
    return true;
  }

  // Waits for room at most so long; false, and the value is left alone, if there was none.
  bool push_within(T& value, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [&] { return closed_ || values_.size() < limit_; })) {
      return false;
    }
    if (closed_) return false;
    values_.push_back(std::move(value));
    changed_.notify_all();
    return true;
  }

  // Waits for a value; nothing once the queue is closed and empty.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !values_.empty(); });
    if (values_.empty()) return std::nullopt;
    std::optional<T> value(std::move(values_.front()));
    values_.pop_front();
    changed_.notify_all();
    return value;
  }

  // True once pop() would not wait; false if it still would after so long.
  bool wait_within(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return closed_ || !values_.empty(); });
  }

  // The same, but waits at most so long.
  //   ended   becomes true if no value will come any more
  std::optional<T> pop_within(std::chrono::milliseconds patience, bool& ended) {
    std::unique_lock lock(mutex_);
    (void)changed_.wait_for(lock, patience, [&] { return closed_ || !values_.empty(); });
    ended = closed_ && values_.empty();
    if (values_.empty()) return std::nullopt;
    std::optional<T> value(std::move(values_.front()));
    values_.pop_front();
    changed_.notify_all();
    return value;
  }

  // No more values come; those that are there can still be taken.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  // Nobody takes values any more.
  void abandon() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    values_.clear();
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> values_;
  std::size_t limit_;
  bool closed_ = false;
};

}  // namespace audit::ingest
