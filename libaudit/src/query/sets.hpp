// query/sets.hpp - sets of entries that grow together.
#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

namespace audit::query {

class Sets {
 public:
  // At first each entry is a set of its own.
  explicit Sets(std::size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), 0U); }

  // The earliest entry of the set: its root.
  [[nodiscard]] std::uint32_t root(std::uint32_t entry) {
    while (parent_[entry] != entry) entry = parent_[entry] = parent_[parent_[entry]];
    return entry;
  }

  //   returns   the root of both
  std::uint32_t unite(std::uint32_t a, std::uint32_t b) {
    a = root(a);
    b = root(b);
    return parent_[a < b ? b : a] = a < b ? a : b;
  }

 private:
  std::vector<std::uint32_t> parent_;
};

}  // namespace audit::query
