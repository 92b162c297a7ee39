#include "verify/words.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace audit::verify {

void WordUse::clear(std::uint32_t words) {
  seen_.assign(std::size_t{words} + 1, false);
  in_order_.clear();
  later_.clear();
  has_lost_ = false;
}

void WordUse::note(std::uint32_t id) {
  seen_[id] = true;
  (has_lost_ ? later_ : in_order_).push_back(id);
}

void WordCheck::take(const WordUse& use, Findings& findings) {
  for (const std::uint32_t id : use.in_order()) {
    if (used_[id]) continue;
    used_[id] = true;
    if (order_is_known_ && id != ++count_) {
      findings.add("word", std::nullopt,
                   fmt::format("words are not numbered in the order of first use: word {} is used "
                               "before word {}",
                               id, count_));
      order_is_known_ = false;  // said once
    }
  }
  for (const std::uint32_t id : use.later()) used_[id] = true;
  // An entry that was erased as a whole, or cannot be read, may have been the first to use a word.
  if (use.has_lost()) {
    has_lost_ = true;
    order_is_known_ = false;
  }
}

std::vector<std::uint32_t> WordCheck::unused() const {
  std::vector<std::uint32_t> words;
  for (std::uint32_t id = 1; id < used_.size(); ++id) {
    if (!used_[id]) words.push_back(id);
  }
  return words;
}

void WordCheck::finish(Findings& findings) const {
  if (has_lost_) return;
  for (std::size_t id = 1; id < used_.size(); ++id) {
    if (!used_[id]) findings.add("word", std::nullopt, fmt::format("no entry uses word {}", id));
  }
}

}  // namespace audit::verify
