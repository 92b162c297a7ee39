// source/spending.hpp - what a call of a model spent.
#pragma once

#include <audit/field.hpp>

#include <array>
#include <cstdint>
#include <optional>

#include "source/hits.hpp"

namespace audit::source {

// The fields that say it: on entries of kind llm.call, and nowhere else.
inline constexpr std::array kSpending = {
    Field::tokens_in,        Field::tokens_out, Field::tokens_cache_read, Field::tokens_cache_write,
    Field::tokens_reasoning, Field::cost_nano,  Field::currency};

// The input with what was read from the cache and written to it, of a producer that counts these
// beside the input; nothing if there is no input, or it is the same.
[[nodiscard]] std::optional<std::int64_t> input_with_cache(const Hits& hits);

}  // namespace audit::source
