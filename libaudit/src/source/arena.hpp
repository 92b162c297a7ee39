// source/arena.hpp - room for the lists and texts of one record that are not in its bytes.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <span>
#include <string_view>
#include <type_traits>

namespace audit::source {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Takes back all room at once.
  void clear() { room_.release(); }

  // `count` values, each as its type begins.
  template <class T>
  [[nodiscard]] std::span<T> list(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (count == 0) return {};
    T* const first = static_cast<T*>(room_.allocate(count * sizeof(T), alignof(T)));
    std::uninitialized_value_construct_n(first, count);
    return {first, count};
  }

  // A copy.
  [[nodiscard]] std::string_view text(std::string_view from) {
    const std::span<char> copy = list<char>(from.size());
    std::copy(from.begin(), from.end(), copy.begin());
    return {copy.data(), copy.size()};
  }

 private:
  // What most parts need, without asking for more.
  std::array<std::byte, std::size_t{32} << 10> first_;
  std::pmr::monotonic_buffer_resource room_{first_.data(), first_.size()};
};

}  // namespace audit::source
