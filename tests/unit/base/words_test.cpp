#include "base/words.hpp"

#include <cctype>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace audit::base {

namespace {

// Words with a space between; opaque ones in brackets.
std::string words(std::string_view text) {
  std::string out;
  for (const auto& [word, opaque] : split_words(text)) {
    if (!out.empty()) out += ' ';
    out += opaque ? "[" + word + "]" : word;
  }
  return out;
}

}  // namespace

TEST_CASE("words not found whatever their case or accents") {
  CHECK(words("Straße STRASSE strasse") == "strasse strasse strasse");
  CHECK(words("naïve NAÏVE na\u0069\u0308ve") == "naive naive naive");
  CHECK(words("Москва МОСКВА") == "москва москва");
  CHECK(words("Ångström ﬁle Ⅳ") == "angstrom file iv");
}

TEST_CASE("words not cut where they end") {
  CHECK(words("refund-policy, read_file; a.b@c") == "refund policy read file a b c");
  CHECK(words("don't—stop…here") == "don t stop here");
  CHECK(words("x\xff"
              "y\x80z") == "x y z");
  CHECK(words("") == "");
  CHECK(words("  \t\n--") == "");
}

TEST_CASE("scripts without spaces taken for one long word") {
  CHECK(words("日本語 text") == "日 本 語 text");
  CHECK(words("東京tower") == "東 京 tower");
}

TEST_CASE("ids stored as if they were words") {
  CHECK(words("id 0b6d3c1e-5F0A-4c3e-9a57-2f1de0c8a911 end") ==
        "id [0b6d3c1e-5f0a-4c3e-9a57-2f1de0c8a911] end");
  CHECK(words("4bf92f3577b34da6a3ce929d0e0e4736") == "[4bf92f3577b34da6a3ce929d0e0e4736]");
  CHECK(words("call_00f067aa0ba902b7!") == "call [00f067aa0ba902b7]");
  CHECK(words("defaced deadbeef facade") == "defaced deadbeef facade");
  CHECK(words("abcdefabcdefabcdef") == "abcdefabcdefabcdef");
  CHECK(words(std::string(65, 'q')) == "[" + std::string(65, 'q') + "]");
  CHECK(words(std::string(64, 'q')) == std::string(64, 'q'));
}

TEST_CASE("an ASCII word that is cut or folded otherwise at some place of a text") {
  std::mt19937 random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 40, '\0');
    for (char& c : text) {
      const bool any = random() % 4 == 0;
      c = any ? static_cast<char>(random() % 128) : "azAZ09bq"[random() % 8];
    }
    std::vector<std::string> wanted(1);
    for (const char c : text) {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
        wanted.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      } else if (!wanted.back().empty()) {
        wanted.emplace_back();
      }
    }
    if (wanted.back().empty()) wanted.pop_back();
    std::vector<std::string> found;
    for (const auto& [word, opaque] : split_words(text)) found.push_back(word);
    CAPTURE(text);
    REQUIRE(found == wanted);
  }
}

TEST_CASE("what only looks like a UUID taken for one") {
  CHECK(words("0b6d3c1e-5f0a-4c3e-9a57-2f1de0c8a91") == "0b6d3c1e 5f0a 4c3e 9a57 2f1de0c8a91");
  CHECK(words("0b6d3c1e-5f0a-4c3e-9a57-2f1de0c8a9112") == "0b6d3c1e 5f0a 4c3e 9a57 2f1de0c8a9112");
  CHECK(words("1-0b6d3c1e-5f0a-4c3e-9a57-2f1de0c8a911") ==
        "1 0b6d3c1e 5f0a 4c3e 9a57 2f1de0c8a911");
}

TEST_CASE("a time of day that becomes words") {
  CHECK(words("2026-01-01T00:00:12.345Z") == "");
  CHECK(words("2026-01-01 00:00:12+02:00") == "");
  CHECK(words("at 2026-01-01T00:00:12Z") == "at 2026 01 01t00 00 12z");
}

TEST_CASE("folding that is undone by folding again") {
  for (const char* text :
       {"Straße", "ΑΣ ς", "İstanbul", "ǅ", "ﷺ", "한국어", "e\u0301\u0323", "ª²"}) {
    for (const auto& [word, opaque] : split_words(text)) {
      CAPTURE(word);
      const auto again = split_words(word);
      REQUIRE(again.size() == 1);
      CHECK(again.front().first == word);
    }
  }
}

}  // namespace audit::base
