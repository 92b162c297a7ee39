// schema/equal.hpp - whether two values of JSON are the same: numbers by value, members in any order.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/json.hpp"

namespace audit::schema {

// What is left of the work a check may take. A stranger's payload must not take for ever.
struct Budget {
  std::size_t steps = 0;

  // False, from then on, if there was less.
  [[nodiscard]] bool spend(std::size_t count) noexcept {
    if (steps < count) {
      steps = 0;
      return false;
    }
    steps -= count;
    return true;
  }
};

// False also when the budget is spent: whoever asks looks at it afterwards.
[[nodiscard]] bool equal(const base::JsonValue& a, const base::JsonValue& b, Budget& budget);

// Whether no two elements of a list are the same. True also when the budget is spent.
[[nodiscard]] bool are_unique(const base::JsonValue& list, Budget& budget);

}  // namespace audit::schema
