// proof/decimal.hpp - numbers as checkpoints and proofs spell them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace audit::proof {

// A decimal number without sign or leading zero, below 2^63.
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept;

}  // namespace audit::proof
