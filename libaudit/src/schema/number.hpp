// schema/number.hpp - numbers as JSON Schema compares them: by value, exactly.
#pragma once

#include "base/json.hpp"

namespace audit::schema {

// Less than, equal to or greater than zero, as `a` is to `b`. 1 and 1.0 are equal.
[[nodiscard]] int compare(const base::JsonNumber& a, const base::JsonNumber& b) noexcept;

// A number without a fraction, however it is written: 1.0 is one.
[[nodiscard]] bool is_whole(const base::JsonNumber& number) noexcept;

// Whether `number` is a whole multiple of `of`, reckoned in decimals: 0.0075 is one of 0.0001.
//   requires  of is above zero
[[nodiscard]] bool is_multiple(const base::JsonNumber& number, const base::JsonNumber& of) noexcept;

}  // namespace audit::schema
