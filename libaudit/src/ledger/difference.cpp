#include <audit/ledger.hpp>

#include <algorithm>

namespace audit {

std::optional<std::uint64_t> first_difference(const LedgerView& a, const LedgerView& b) {
  const auto agree_at = [&](std::uint64_t seq) { return a.hash(seq) == b.hash(seq); };
  std::uint64_t last = std::min(a.size(), b.size()) - 1;
  if (agree_at(last)) return std::nullopt;
  // Each hash covers the one before: entries are the same up to some place, and none behind it.
  std::uint64_t first = 0;
  while (first < last) {
    const std::uint64_t middle = first + (last - first) / 2;
    if (agree_at(middle)) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return first;
}

}  // namespace audit
