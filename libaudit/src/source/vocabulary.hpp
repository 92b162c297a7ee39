// source/vocabulary.hpp - the words of closed lists, looked up with a memory.
#pragma once

#include <cstdint>
#include <string_view>

#include "event/kind.hpp"
#include "source/memo.hpp"

namespace audit::source {

// Each call gives the canonical word (static text), else empty. One thread.
class Vocabulary {
 public:
  // Unlike canonical_kind(): a kind nobody knows is empty.
  [[nodiscard]] std::string_view kind(std::string_view word) {
    return find(1, word, [](std::string_view asked) {
      const std::string_view known = event::canonical_kind(asked);
      return known.data() == asked.data() ? std::string_view() : known;
    });
  }

  [[nodiscard]] std::string_view status(std::string_view word) {
    return find(2, word, event::canonical_status);
  }

  [[nodiscard]] std::string_view decision(std::string_view word) {
    return find(3, word, event::canonical_decision);
  }

  [[nodiscard]] std::string_view approval(std::string_view word) {
    return find(4, word, event::canonical_approval);
  }

  [[nodiscard]] std::string_view risk(std::string_view word) {
    return find(5, word, event::canonical_risk);
  }

 private:
  template <class Canonical>
  std::string_view find(std::uint64_t list, std::string_view word, Canonical&& canonical) {
    return memo_.find(list, word, [&] { return canonical(word); });
  }

  Memo<std::string_view, 64> memo_;
};

}  // namespace audit::source
