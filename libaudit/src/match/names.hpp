// match/names.hpp - the names that stand before a colon in a query.
#pragma once

#include <audit/field.hpp>

#include <optional>
#include <string_view>

namespace audit::match {

// The field a name means: its own, or "cost" for cost_nano.
[[nodiscard]] std::optional<Field> field_named(std::string_view name) noexcept;

// The name that was probably meant: what another tool's word is called here, else the nearest one
// within edit distance 2, else empty.
[[nodiscard]] std::string_view nearest_name(std::string_view written);

}  // namespace audit::match
