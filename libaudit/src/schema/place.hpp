// schema/place.hpp - where in a payload a check is, and how that is said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace audit::schema {

// A value, by the way to it: each step lies on the stack of who took it.
struct Place {
  enum class Step : std::uint8_t {
    root,
    member,   // `name`, which the schema gives
    other,    // a member whose name the payload alone gives: it is not told
    element,  // number `index`
  };

  const Place* up = nullptr;
  Step step = Step::root;
  std::string_view name{};
  std::size_t index = 0;
};

// As in a query: "payload.input.items[3].amount". A name that only the payload gives is "*", for what
// is said about an entry stays when its content is erased.
[[nodiscard]] std::string to_text(const Place& place);

}  // namespace audit::schema
