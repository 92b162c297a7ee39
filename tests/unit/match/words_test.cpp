#include "match/words.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "event/text.hpp"

namespace audit::match {
namespace {

std::vector<TermWord> words(std::string_view text) {
  std::vector<TermWord> result;
  for (auto& [word, opaque] : base::split_words(text)) result.push_back({word, opaque});
  return result;
}

// The slow and obvious way: split everything, compare at every position.
bool occurs(std::string_view text, const std::vector<TermWord>& run, bool prefix) {
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, text.find(event::kTextBreak));
    text.remove_prefix(std::min(piece.size() + 1, text.size()));
    const auto there = words(piece);
    for (std::size_t i = 0; i + run.size() <= there.size(); ++i) {
      bool all = true;
      for (std::size_t j = 0; j < run.size(); ++j) {
        const bool begins = prefix && j + 1 == run.size();
        all = all && (begins ? !there[i + j].opaque && there[i + j].text.starts_with(run[j].text)
                             : there[i + j].text == run[j].text);
      }
      if (all) return true;
    }
  }
  return false;
}

bool find_one(std::string_view text, std::string_view phrase, bool prefix = false) {
  WordFinder finder;
  finder.add(words(phrase), prefix, 0);
  std::vector<char> found(1, 0);
  finder.find(text, found);
  return found[0] != 0;
}

TEST_CASE("a phrase that repeats itself is found where it begins anew") {
  CHECK(find_one("a a b", "a b"));
  CHECK(find_one("a b a b c", "a b c"));
  CHECK(find_one("a a a b", "a a b"));
  CHECK(find_one("a b a b a c", "a b a c"));
  CHECK_FALSE(find_one("a b a b a", "a b b"));
  CHECK(find_one("a b a b ax", "a b a b a", true));
}

TEST_CASE("no phrase reaches across a break") {
  CHECK_FALSE(find_one("one\xfftwo", "one two"));
  CHECK(
      find_one("one\xff"
               "one two",
               "one two"));
  CHECK_FALSE(find_one("one\xff\xfftwo", "one two"));
}

TEST_CASE("one pass over random text finds what the slow way finds") {
  std::mt19937 random(7);
  const std::vector<std::string> vocabulary = {"a", "b", "c", "ab", "abc", "deadbeefdeadbee1"};
  const auto word = [&] { return vocabulary[random() % vocabulary.size()]; };
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (int i = 0; i < 30; ++i) text += word() + (random() % 8 == 0 ? "\xff" : " ");
    std::vector<std::pair<std::string, bool>> runs;
    WordFinder finder;
    for (std::uint32_t id = 0; id < 12; ++id) {
      std::string run = word();
      for (std::uint32_t i = random() % 4; i > 0; --i) run += " " + word();
      runs.emplace_back(run, random() % 3 == 0);
      finder.add(words(run), runs.back().second, id);
    }
    std::vector<char> found(finder.id_count(), 0);
    finder.find(text, found);
    for (std::size_t id = 0; id < runs.size(); ++id) {
      CAPTURE(text);
      CAPTURE(runs[id].first);
      CAPTURE(runs[id].second);
      CHECK((found[id] != 0) == occurs(text, words(runs[id].first), runs[id].second));
    }
  }
}

TEST_CASE("a glance at the bytes never hides what is there") {
  const auto may_occur = [](std::string_view payload, std::string_view run) {
    WordFinder finder;
    finder.add(words(run), false, 0);
    return finder.may_occur_in(payload);
  };
  for (int before = 0; before < 20; ++before) {  // at every place in a machine word, and at the end
    const std::string padding(static_cast<std::size_t>(before), '.');
    CHECK(may_occur(padding + "ReFuNd", "refund"));
    CHECK(may_occur(padding + "AZ[`{@", "az"));
    CHECK_FALSE(may_occur(padding + "refun", "refund"));
    CHECK_FALSE(may_occur(padding + "r\\nefund", "refund"));
  }
  CHECK(may_occur(R"({"a":"re\u0066und"})", "refund"));
  CHECK(
      may_occur("r\xc3\xa9"
                "fund",
                "refund"));                    // an accent, which folding drops
  CHECK(may_occur("\xef\xac\x81ne", "fine"));  // the ligature fi
  CHECK_FALSE(may_occur("plain", "\xe6\x97\xa5"));
  CHECK_FALSE(may_occur("", "x"));
}

}  // namespace
}  // namespace audit::match
