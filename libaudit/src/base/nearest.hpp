// base/nearest.hpp - "did you mean": the nearest of the words that are known.
#ifndef AUDIT_BASE_NEAREST_HPP
#define AUDIT_BASE_NEAREST_HPP

#include <cstddef>
#include <string_view>

#include "base/text.hpp"

namespace audit::base {

// How many bytes may differ for a word to pass for a mistyped one.
inline constexpr std::size_t kMistypedBytes = 2;

// Remembers which of the candidates it was shown is nearest to `word`, the first of those that are
// equally near. Views: the words must outlive it.
class Nearest {
 public:
  explicit Nearest(std::string_view word, std::size_t limit = kMistypedBytes)
      : word_(word), limit_(limit), distance_(limit + 1) {}

  void consider(std::string_view candidate) {
    if (candidate.empty()) return;
    const std::size_t distance = edit_distance(word_, candidate, limit_);
    if (distance >= distance_) return;
    best_ = candidate;
    distance_ = distance;
  }

  // Empty if none was near.
  [[nodiscard]] std::string_view best() const noexcept { return best_; }

 private:
  std::string_view word_;
  std::string_view best_;
  std::size_t limit_;
  std::size_t distance_;
};

}  // namespace audit::base

#endif  // AUDIT_BASE_NEAREST_HPP
