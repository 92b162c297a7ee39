// schema/chains.hpp - schemas that are asked about the same value, from one to the next.
#pragma once

#include <cstddef>
#include <optional>

#include "schema/node.hpp"

namespace audit::schema {

// A value may be asked about by so many schemas that lead to each other without a step into it.
inline constexpr std::size_t kMaxChain = 64;

struct BadChain {
  NodeId node;      // on it
  bool is_endless;  // it leads back to itself; else it is too long
};

// Checking a payload ends, and its stack is bounded, if there is none.
[[nodiscard]] std::optional<BadChain> find_bad_chain(const Schema& schema);

}  // namespace audit::schema
