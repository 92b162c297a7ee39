#include "ui/money.hpp"

#include <audit/text.hpp>

#include <fmt/format.h>

namespace audit::cli {

std::string money(std::int64_t nano, std::string_view currency) {
  const double value = static_cast<double>(nano) / 1e9;
  const int digits = value >= 1 ? 2 : 4;
  if (currency == "USD") return fmt::format("${:.{}f}", value, digits);
  return fmt::format("{:.{}f} {}", value, digits, escape_controls(currency));
}

}  // namespace audit::cli
