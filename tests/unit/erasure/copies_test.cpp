#include "erasure/copies.hpp"

#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace audit::test {

namespace {

std::set<std::uint64_t> found_in(const erasure::Copies& copies, std::string_view text) {
  std::set<std::uint64_t> found;
  copies.find_in(text, [&](std::uint64_t id) { CHECK(found.insert(id).second); });
  return found;
}

}  // namespace

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
    known.push_back(known[0].substr(0, 24));  // begins as another does
    known.push_back(known[1] + "more");
    for (std::size_t i = 0; i < known.size(); ++i) copies.add(known[i], i);
    std::string text = text_of(random() % 400);
    for (unsigned i = 0; i < random() % 4; ++i) {
      text.insert(random() % (text.size() + 1), known[random() % known.size()]);
    }
    std::set<std::uint64_t> there;
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (text.find(known[i]) != std::string::npos) there.insert(i);
    }
    CHECK(found_in(copies, text) == there);
  }
}

TEST_CASE("of texts that begin alike each is compared with each place") {
  erasure::Copies copies;
  std::string text;
  const auto line = [](int number, char letter) {
    const std::string digits = std::to_string(100000 + number);
    return "{\"timeUnixNano\":\"1700000000000000000\",\"body\":\"" + digits + letter + "\"}";
  };
  for (int i = 0; i < 20'000; ++i) {
    copies.add(line(i, 'a'), static_cast<std::uint64_t>(i));
    text += line(i, i == 19'999 ? 'a' : 'b');
  }
  // Within the time that a test has: all with all are 4 * 10^8.
  CHECK(found_in(copies, text) == std::set<std::uint64_t>{19'999});
}

TEST_CASE("what is too short to be told from others is not looked for") {
  erasure::Copies copies;
  copies.add("{}", 1);
  CHECK(copies.is_empty());
  CHECK(found_in(copies, "{}").empty());
}

}  // namespace audit::test
