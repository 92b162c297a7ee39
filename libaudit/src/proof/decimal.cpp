#include "proof/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "proof/merkle.hpp"

namespace audit::proof {

std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept {
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (text.empty() || !digits || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number > kMaxTreeSize) return std::nullopt;
  return number;
}

}  // namespace audit::proof
