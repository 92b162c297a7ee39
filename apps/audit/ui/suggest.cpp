#include "ui/suggest.hpp"

#include <audit/text.hpp>

namespace audit::cli {

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  constexpr std::size_t kLimit = 2;
  std::string best;
  std::size_t best_distance = kLimit + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate, kLimit);
    if (distance < best_distance && distance < word.size() && word.size() > 2) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace audit::cli
