// ui/money.hpp - what something cost, as people write it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace audit::cli {

// "$0.0123", "4.20 EUR": four digits below one, else two.
//   nano       billionths of the currency
//   currency   from a stranger: escaped here
[[nodiscard]] std::string money(std::int64_t nano, std::string_view currency);

}  // namespace audit::cli
