// export/word_counts.hpp - how often each word was there, or how much was spent under it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace audit::exports {

class WordCounts {
 public:
  // Different words that are told apart; a stranger may have made up any number of them.
  static constexpr std::size_t kMost = 1000;

  using Count = std::pair<std::string, std::uint64_t>;

  // No word counts nothing.
  void add(std::string_view word, std::uint64_t amount = 1) {
    if (word.empty()) return;
    const auto found = counts_.find(word);
    if (found != counts_.end()) {
      found->second += amount;
    } else if (counts_.size() < kMost) {
      counts_.emplace(word, amount);
    } else {
      others_ += amount;
    }
  }

  // By the words; what was beyond kMost last, under `others`.
  [[nodiscard]] std::vector<Count> all(std::string_view others) const {
    std::vector<Count> all(counts_.begin(), counts_.end());
    if (others_ > 0) all.emplace_back(others, others_);
    return all;
  }

  // The most frequent first.
  [[nodiscard]] std::vector<Count> sorted(std::string_view others) const {
    std::vector<Count> sorted = all(others);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Count& a, const Count& b) { return a.second > b.second; });
    return sorted;
  }

 private:
  std::map<std::string, std::uint64_t, std::less<>> counts_;
  std::uint64_t others_ = 0;
};

}  // namespace audit::exports
