#include "base/any_of.hpp"

#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace audit::base {
namespace {

TEST_CASE("one of many texts is found exactly where a plain search finds one") {
  std::mt19937 random(7);
  // Of few letters, so that they overlap, begin and end alike.
  const auto some = [&](std::size_t longest) {
    std::string text(random() % (longest + 1), '\0');
    for (char& c : text) c = static_cast<char>('a' + random() % 3);
    return text;
  };
  for (int round = 0; round < 3000; ++round) {
    AnyOf machine;
    std::vector<std::string> texts(1 + random() % 6);
    for (std::string& text : texts) machine.add(text = some(6));
    machine.finish();
    const std::string where = some(14);
    bool found = false;
    for (const std::string& text : texts) {
      found = found || (!text.empty() && where.find(text) != std::string::npos);
    }
    CAPTURE(where);
    CHECK(machine.is_one_in(where) == found);
  }
}

TEST_CASE("bytes of any value are found, and nothing in nothing") {
  AnyOf machine;
  CHECK(machine.is_empty());
  machine.finish();
  CHECK_FALSE(machine.is_one_in("anything"));
  machine.add(std::string("\0\xff\x80", 3));
  machine.finish();
  CHECK(machine.is_one_in(std::string("x\0\xff\x80", 4)));
  CHECK_FALSE(machine.is_one_in(std::string("x\0\xff", 3)));
  CHECK_FALSE(machine.is_one_in(""));
}

}  // namespace
}  // namespace audit::base
