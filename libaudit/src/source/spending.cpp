#include "source/spending.hpp"

namespace audit::source {

std::optional<std::int64_t> input_with_cache(const Hits& hits) {
  const auto input = hits.number(Field::tokens_in);
  std::int64_t all = 0;
  for (const Field field :
       {Field::tokens_in, Field::tokens_cache_read, Field::tokens_cache_write}) {
    if (__builtin_add_overflow(all, hits.number(field).value_or(0), &all)) return std::nullopt;
  }
  return input && *input != all ? std::optional(all) : std::nullopt;
}

}  // namespace audit::source
