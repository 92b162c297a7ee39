// source/otlp_ranges.hpp - where the spans and log records of a request stand in its JSON text.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace audit::source {

struct OtlpRange {
  std::size_t offset;
  std::size_t length;
};

// The objects in the lists of spans and log records, in the order of the text.
//   requires  `text` is JSON without a name that occurs twice, perhaps behind a byte order mark
[[nodiscard]] std::vector<OtlpRange> find_otlp_ranges(std::string_view text);

}  // namespace audit::source
