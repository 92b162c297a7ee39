// commands/facets.hpp - how answers are spread over values, for people and for programs.
#pragma once

#include <audit/facet.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

#include "context.hpp"

namespace audit::cli {

// The fields of "agent,decision".
//   throws    usage error, with the nearest name
[[nodiscard]] std::vector<Field> parse_fields(std::string_view text);

// The most frequent `limit` values, 0 for all: on a terminal with shares and bars; in a pipe the
// count and the values, two spaces apart; as JSON one object per value.
void print_facets(Context& context, const Facets& facets, const std::vector<Field>& fields,
                  std::uint64_t limit, bool as_json);

}  // namespace audit::cli
