#include "match/mistake.hpp"

#include "base/text.hpp"

namespace audit::match {

std::string shown(std::string_view text) {
  constexpr std::size_t kReadable = 60;
  const std::string safe = base::escape_controls(text.substr(0, 4 * kReadable));
  return "'" + base::truncate_to_width(safe, kReadable) + "'";
}

}  // namespace audit::match
