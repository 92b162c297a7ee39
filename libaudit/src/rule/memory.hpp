// rule/memory.hpp - the events that `after` and `unless` ask about.
//
// Bounds    kMaxRemembered groups
// Threads   one
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "match/predicate.hpp"
#include "rule/groups.hpp"
#include "rule/seen.hpp"

namespace audit::rule {

inline constexpr std::size_t kMaxRemembered = 65'536;

// Whether an event like this came before.
class Memory {
 public:
  Memory(const Others& others, match::Predicates& questions)
      : others_(others), question_(questions.add(others.query.get())) {}

  // The event that came before, if one did.
  [[nodiscard]] const Named* find(const Seen& entry) {
    if (!values_of(others_.by, entry.envelope, values_)) return nullptr;
    const Kept* kept = groups_.find(key_of(values_));
    const bool fits =
        kept != nullptr && !is_apart_more_than(others_.within, kept->when, when_of(entry));
    return fits ? &kept->event : nullptr;
  }

  // Returns false if something had to be forgotten for it.
  [[nodiscard]] bool take(const Seen& entry, match::Predicates& questions) {
    if (!questions.matches(question_) || !values_of(others_.by, entry.envelope, values_))
      return true;
    Kept& kept = groups_.meet(key_of(values_));
    kept = {when_of(entry), named(entry)};
    if (groups_.size() <= kMaxRemembered) return true;
    const bool is_over = is_apart_more_than(others_.within, groups_.oldest().when, kept.when);
    groups_.drop_oldest();
    return is_over;
  }

 private:
  struct Kept {
    std::int64_t when = 0;
    Named event;
  };

  const Others& others_;
  std::size_t question_;
  Groups<Kept> groups_;
  std::vector<std::string> values_;
};

}  // namespace audit::rule
