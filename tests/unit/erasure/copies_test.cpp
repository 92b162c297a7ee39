#include "erasure/copies.hpp"

#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace audit::test {

TEST_CASE("a copy in the middle of a text is missed, or one is seen where none is") {
  std::mt19937 random(3);
  const auto text_of = [&](std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) text.push_back("ab\xff\0"[random() % 4]);
    return text;
  };
  for (int round = 0; round < 300; ++round) {
    erasure::Copies copies;
    std::vector<std::string> known;
    for (int i = 0; i < 5; ++i) known.push_back(text_of(24 + random() % 60));
    for (const std::string& one : known) copies.add(one);
    std::string text = text_of(random() % 400);
    if (round % 2 == 0) text.insert(random() % (text.size() + 1), known[random() % 5]);
    bool is_there = false;
    for (const std::string& one : known) is_there |= text.find(one) != std::string::npos;
    CHECK(copies.is_one_in(text) == is_there);
  }
}

TEST_CASE("what is too short to be told from others is not looked for") {
  erasure::Copies copies;
  copies.add("{}");
  CHECK(copies.is_empty());
  CHECK_FALSE(copies.is_one_in("{}"));
}

}  // namespace audit::test
