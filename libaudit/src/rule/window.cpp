#include "rule/window.hpp"

#include <algorithm>
#include <limits>

namespace audit::rule {

namespace {

// Sums that are too large, or too small, stay at the end of what can be said.
std::int64_t added(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? std::numeric_limits<std::int64_t>::max()
               : std::numeric_limits<std::int64_t>::min();
}

// The first moment of the window that ends at `end`, itself not in it.
std::int64_t begin_of(std::int64_t end, std::int64_t span) {
  std::int64_t begin = 0;
  return __builtin_sub_overflow(end, span, &begin) ? std::numeric_limits<std::int64_t>::min()
                                                   : begin;
}

}  // namespace

void Window::add(const Threshold& threshold, std::int64_t when, std::int64_t value,
                 const Named& event) {
  const std::int64_t end = points_.empty() ? when : std::max(when, newest());
  const std::int64_t begin = begin_of(end, threshold.span.count());
  drop_before(begin);
  if (when <= begin) return;
  const auto behind =
      std::upper_bound(points_.begin(), points_.end(), when,
                       [](std::int64_t at, const Point& point) { return at < point.when; });
  points_.insert(behind, {when, value});
  last_.push_back({when, event});
  if (last_.size() > kMaxNamed) last_.pop_front();
  sum_ = added(sum_, value);
  if (!threshold.summed) {
    if (points_.size() > static_cast<std::size_t>(threshold.least)) {
      sum_ = added(sum_, -points_.front().value);
      points_.pop_front();
    }
    return;
  }
  if (points_.size() <= kMaxPoints) return;
  // The oldest two become one, at the time of the later: nothing is left out too early.
  points_[1].value = added(points_[1].value, points_[0].value);
  points_.pop_front();
}

void Window::drop_before(std::int64_t when) {
  bool is_exact = sum_ != std::numeric_limits<std::int64_t>::max() &&
                  sum_ != std::numeric_limits<std::int64_t>::min();
  while (!points_.empty() && points_.front().when <= when) {
    is_exact = !__builtin_sub_overflow(sum_, points_.front().value, &sum_) && is_exact;
    points_.pop_front();
  }
  std::erase_if(last_, [when](const Last& last) { return last.when <= when; });
  if (is_exact) return;
  sum_ = 0;
  for (const Point& point : points_) sum_ = added(sum_, point.value);
}

bool Window::reaches(const Threshold& threshold) const noexcept {
  return threshold.summed ? sum_ >= threshold.least
                          : points_.size() >= static_cast<std::size_t>(threshold.least);
}

std::vector<Named> Window::last() const {
  std::vector<Named> events;
  for (const Last& last : last_) events.push_back(last.event);
  return events;
}

}  // namespace audit::rule
