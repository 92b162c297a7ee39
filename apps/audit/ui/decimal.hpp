// ui/decimal.hpp - numbers that are stored in parts of a unit, as people write them.
#pragma once

#include <cstdint>
#include <string>

namespace audit::cli {

// value / unit, exactly and without trailing zeros: (1500, 1000) is "1.5".
//   requires  unit is a power of ten
[[nodiscard]] std::string decimal(std::int64_t value, std::int64_t unit);

}  // namespace audit::cli
