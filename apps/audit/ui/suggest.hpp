// ui/suggest.hpp - "did you mean": the nearest of a few words.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace audit::cli {

// The candidate within edit distance 2 that is nearest to `word`, else empty. A word of one or two
// letters has no neighbours: everything would be near.
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace audit::cli
