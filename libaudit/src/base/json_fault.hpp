// base/json_fault.hpp - where a text that somebody wrote by hand stops being JSON.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace audit::base {

// The first byte that cannot stand where it stands, or the beginning of a name that its object has
// already (as spelled); the end of the text if something is missing there. Nothing if no fault is
// found.
[[nodiscard]] std::optional<std::size_t> find_json_fault(std::string_view text);

// "line 3, column 7", both from 1; columns in characters.
[[nodiscard]] std::string line_and_column(std::string_view text, std::size_t offset);

}  // namespace audit::base
