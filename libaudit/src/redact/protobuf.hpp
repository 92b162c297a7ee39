// redact/protobuf.hpp - masks a request of OTLP that came as protobuf, without moving a byte.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "redact/finder.hpp"

namespace audit::redact {

// Puts markers of the same length in the place of what is found, in every string of the request; in
// bytes of which it is not known what they are; and in all of what is no such request. Numbers that
// are to be masked become text.
//   counts    by kind; added to
//   returns   whether anything was found
[[nodiscard]] bool mask_protobuf(Finder& finder, std::string& request,
                                 std::map<std::string, std::uint64_t, std::less<>>& counts);

}  // namespace audit::redact
