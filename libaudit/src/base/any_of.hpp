// base/any_of.hpp - does a text hold one of many others? One pass, however many there are.
//
// Aho and Corasick's machine: 20 bytes for each byte of the texts, less what they begin alike with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace audit::base {

class AnyOf {
 public:
  AnyOf();

  // Looks for `text` from now on; an empty one is never found.
  void add(std::string_view text);

  // Between the last add and the first use.
  void finish();

  [[nodiscard]] bool is_empty() const noexcept { return states_.size() == 1; }

  // How large it is: a state for each byte of the texts, but where two begin alike.
  [[nodiscard]] std::size_t states() const noexcept { return states_.size(); }

  //   requires  finish() was called
  [[nodiscard]] bool is_one_in(std::string_view text) const noexcept;

 private:
  using Index = std::uint32_t;
  static constexpr Index kNone = 0;  // the beginning is nobody's child

  struct State {
    Index child = kNone;    // the first of them
    Index sibling = kNone;  // the next child of the same state
    Index shorter = 0;      // the longest end of what was read that is a beginning, too
    unsigned char byte = 0;
    bool is_end = false;  // of a text, or of what was read some end is
  };

  [[nodiscard]] Index child_of(Index state, unsigned char byte) const noexcept;
  [[nodiscard]] Index step(Index state, unsigned char byte) const noexcept;

  std::vector<State> states_;
  std::array<Index, 256> first_{};  // children of the beginning, which is asked most
};

}  // namespace audit::base
