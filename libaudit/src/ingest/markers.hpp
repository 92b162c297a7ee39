// ingest/markers.hpp - is this the record of which a redacted one was stored?
#pragma once

#include <cstdint>
#include <string_view>

namespace audit::ingest {

enum class Likeness : std::uint8_t {
  other,   // something that was stored is not there
  unsure,  // nearly all of it was masked: many a record would be stored like this
  alike,   // all that was not masked is there, in order, and nothing else
};

// Compares a record as it was read with one as it was stored, with markers ([redacted:email]) that
// stand for anything.
[[nodiscard]] Likeness compare_with_markers(std::string_view read, std::string_view stored);

}  // namespace audit::ingest
