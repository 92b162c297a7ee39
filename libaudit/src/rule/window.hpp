// rule/window.hpp - the events of one group within a span of time.
//
// Bounds    kMaxPoints times, kMaxNamed events by name
// Threads   one
#pragma once

#include <audit/digest.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "rule/set.hpp"

namespace audit::rule {

// An entry by its place in the ledger, and the id it gave itself.
struct Named {
  std::uint64_t seq = 0;
  Digest hash;
  std::string event_id;  // may be empty
};

// So many of the entries behind an alert are named in it.
inline constexpr std::size_t kMaxNamed = 16;

class Window {
 public:
  static constexpr std::size_t kMaxPoints = 10'000;

  // Takes an event in. One before the window, which ends with the newest event, is passed over.
  //   value   of the field that is summed; else 1
  void add(const Threshold& threshold, std::int64_t when, std::int64_t value, const Named& event);

  [[nodiscard]] bool reaches(const Threshold& threshold) const noexcept;

  // Events it holds; no more are kept than are needed to know that a count was reached.
  [[nodiscard]] std::size_t count() const noexcept { return points_.size(); }

  [[nodiscard]] std::int64_t sum() const noexcept { return sum_; }

  // The time of the newest event.  requires count() > 0
  [[nodiscard]] std::int64_t newest() const noexcept { return points_.back().when; }

  // The last events, by when they came.
  [[nodiscard]] std::vector<Named> last() const;

  // Whether it was told that the threshold is reached, and not since fell below.
  bool told = false;

 private:
  struct Point {
    std::int64_t when;
    std::int64_t value;
  };

  struct Last {
    std::int64_t when;
    Named event;
  };

  void drop_before(std::int64_t when);

  std::deque<Point> points_;  // ascending by time
  std::deque<Last> last_;     // as they came
  std::int64_t sum_ = 0;
};

}  // namespace audit::rule
