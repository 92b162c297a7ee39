#include "query/entry_set.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

#include <doctest/doctest.h>

namespace audit::query {
namespace {

std::vector<std::uint32_t> forwards(const EntrySet& set) {
  std::vector<std::uint32_t> entries;
  for (auto at = set.first_from(0); at; at = set.first_from(*at + 1)) entries.push_back(*at);
  return entries;
}

std::vector<std::uint32_t> backwards(const EntrySet& set) {
  std::vector<std::uint32_t> entries;
  for (auto at = set.last_before(set.size()); at; at = set.last_before(*at)) entries.push_back(*at);
  return entries;
}

TEST_CASE("sets of every size around a word's agree with std::set") {
  std::mt19937 random(3);
  for (const std::uint32_t size : {0U, 1U, 2U, 63U, 64U, 65U, 127U, 128U, 129U, 1000U}) {
    CAPTURE(size);
    EntrySet a(size);
    EntrySet b(size);
    std::set<std::uint32_t> plain_a;
    std::set<std::uint32_t> plain_b;
    for (std::uint32_t i = 0; i < size; ++i) {
      if (random() % 3 == 0) a.add(i), plain_a.insert(i);
      if (random() % 2 == 0) b.add(i), plain_b.insert(i);
    }
    const auto check = [&](const EntrySet& set, auto&& wanted) {
      std::vector<std::uint32_t> expected;
      for (std::uint32_t i = 0; i < size; ++i) {
        if (wanted(plain_a.contains(i), plain_b.contains(i))) expected.push_back(i);
      }
      CHECK(forwards(set) == expected);
      CHECK(set.count() == expected.size());
      CHECK(set.empty() == expected.empty());
      std::reverse(expected.begin(), expected.end());
      CHECK(backwards(set) == expected);
    };
    check(a, [](bool in_a, bool) { return in_a; });
    EntrySet both = a;
    both.keep(b);
    check(both, [](bool in_a, bool in_b) { return in_a && in_b; });
    EntrySet either = a;
    either.add(b);
    check(either, [](bool in_a, bool in_b) { return in_a || in_b; });
    EntrySet rest = a;
    rest.drop(b);
    check(rest, [](bool in_a, bool in_b) { return in_a && !in_b; });
    EntrySet others = a;
    others.invert();
    check(others, [](bool in_a, bool) { return !in_a; });
    check(EntrySet(size, true), [](bool, bool) { return true; });
  }
}

TEST_CASE("ranges fill from any place to any other") {
  for (std::uint32_t first = 0; first <= 200; first += 7) {
    for (std::uint32_t last = first; last <= 200; ++last) {
      EntrySet set(200);
      set.add_range(first, last);
      CHECK(set.count() == last - first);
      if (first == last) continue;
      CHECK(set.first_from(0) == first);
      CHECK(set.last_before(200) == last - 1);
    }
  }
}

}  // namespace
}  // namespace audit::query
