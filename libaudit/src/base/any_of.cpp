#include "base/any_of.hpp"

namespace audit::base {

AnyOf::AnyOf() : states_(1) {}

void AnyOf::add(std::string_view text) {
  if (text.empty()) return;
  Index at = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    Index next = child_of(at, byte);
    if (next == kNone) {
      next = static_cast<Index>(states_.size());
      State state;
      state.byte = byte;
      state.sibling = states_[at].child;
      states_.push_back(state);
      states_[at].child = next;
      if (at == 0) first_[byte] = next;
    }
    at = next;
  }
  states_[at].is_end = true;
}

// By length, so that what is shorter is known.
void AnyOf::finish() {
  std::vector<Index> queue{0};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const Index parent = queue[i];
    for (Index at = states_[parent].child; at != kNone; at = states_[at].sibling) {
      State& state = states_[at];
      state.shorter = parent == 0 ? 0 : step(states_[parent].shorter, state.byte);
      state.is_end = state.is_end || states_[state.shorter].is_end;
      queue.push_back(at);
    }
  }
}

AnyOf::Index AnyOf::child_of(Index state, unsigned char byte) const noexcept {
  if (state == 0) return first_[byte];
  Index at = states_[state].child;
  while (at != kNone && states_[at].byte != byte) at = states_[at].sibling;
  return at;
}

AnyOf::Index AnyOf::step(Index state, unsigned char byte) const noexcept {
  for (;;) {
    const Index next = child_of(state, byte);
    if (next != kNone || state == 0) return next;
    state = states_[state].shorter;
  }
}

bool AnyOf::is_one_in(std::string_view text) const noexcept {
  Index at = 0;
  for (const char c : text) {
    at = step(at, static_cast<unsigned char>(c));
    if (states_[at].is_end) return true;
  }
  return false;
}

}  // namespace audit::base
