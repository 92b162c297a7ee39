#include "ui/decimal.hpp"

#include <fmt/format.h>

namespace audit::cli {

std::string decimal(std::int64_t value, std::int64_t unit) {
  if (unit == 1) return std::to_string(value);
  const bool negative = value < 0;
  const std::uint64_t size =
      negative ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  const auto divisor = static_cast<std::uint64_t>(unit);
  const std::string text = fmt::format("{}{}", negative ? "-" : "", size / divisor);
  std::string digits = std::to_string(divisor + size % divisor).substr(1);
  while (digits.ends_with('0')) digits.pop_back();
  return digits.empty() ? text : fmt::format("{}.{}", text, digits);
}

}  // namespace audit::cli
