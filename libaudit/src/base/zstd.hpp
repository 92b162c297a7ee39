// base/zstd.hpp - Zstandard (RFC 8878), as payloads may be stored.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace audit::base {

// Unpacks exactly one frame that states its size, at most `most` bytes, without a dictionary and
// with nothing behind it. False, and `out` is of no use, if `frame` is not that.
[[nodiscard]] bool unpack_zstd(std::string_view frame, std::size_t most, std::string& out);

}  // namespace audit::base
