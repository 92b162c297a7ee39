// query/payload_value.hpp - one value out of a payload, by the names it may have.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace audit::query {

// The value under the first of these names that is there, however deep but not within another's,
// also of an attribute of OpenTelemetry with such a key: compact JSON, a string as its text. Empty if
// there is none, or the payload is not JSON. For the eye: numbers may be spelt otherwise than there.
//   most   bytes; longer ones are cut
[[nodiscard]] std::string value_named(std::string_view payload,
                                      std::span<const std::string_view> names, std::size_t most);

// What logs call the arguments of a call, the likeliest first.
[[nodiscard]] std::span<const std::string_view> argument_names() noexcept;

}  // namespace audit::query
