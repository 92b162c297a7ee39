// match/path_terms.hpp - payload.a.b:values, read.
#pragma once

#include <audit/error.hpp>
#include <audit/time.hpp>

#include <string_view>
#include <vector>

#include "match/lexer.hpp"
#include "match/query.hpp"

namespace audit::match {

// The test of what stands at `path` (without "payload.").  requires path is not empty
[[nodiscard]] Parsed<Path> parse_path_test(std::string_view path,
                                           const std::vector<ValueToken>& values, Timestamp now);

// The test that anything stands there.
[[nodiscard]] Path any_value_at(std::string_view path);

}  // namespace audit::match
